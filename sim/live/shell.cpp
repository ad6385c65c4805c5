#include "sim/live/shell.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "sim/analysis/cpu_stages.hpp"
#include "sim/host.hpp"
#include "sim/report/timeline.hpp"
#include "sim/scenario/errno_names.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

/// Splits a line as a shell does. Blanks separate words except in quotes, `>` is a word of its own,
/// and `#` begins a comment.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  char quote = '\0';
  const auto end_word = [&] {
    if (open) words.push_back(std::exchange(word, {}));
    open = false;
  };
  for (const char c : line) {
    if (quote != '\0') {
      if (c == quote)
        quote = '\0';
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      open = true;
    } else if (c == ' ' || c == '\t') {
      end_word();
    } else if (c == '#' && !open) {
      break;
    } else if (c == '>') {
      end_word();
      words.emplace_back(">");
    } else {
      word += c;
      open = true;
    }
  }
  end_word();
  return words;
}

/// Returns the path from the root, without ".", ".." and double slashes.
std::string absolute(const std::string& path) {
  std::vector<std::string> parts;
  const std::string whole = path.starts_with('/') ? path : std::string(kCpuFolder) + '/' + path;
  for (std::size_t at = 0; at <= whole.size();) {
    const std::size_t end = std::min(whole.find('/', at), whole.size());
    const std::string part = whole.substr(at, end - at);
    at = end + 1;
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
  }
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : "/") + part;
  return joined;
}

std::string error_text(int error) {
  return fmt::format("{} ({})", std::generic_category().message(error), errno_name(error));
}

}  // namespace

struct ShellDoor::Command {
  std::string name;
  std::string usage;
  void (ShellDoor::*run)(const Words&);
};

const std::vector<ShellDoor::Command>& ShellDoor::commands() {
  static const std::vector<Command> all{
      {"cat", "cat PATH...        prints the contents of files", &ShellDoor::cat},
      {"echo", "echo V > PATH      writes V and a newline; echo -n V > PATH writes V only",
       &ShellDoor::echo},
      {"ls", "ls [PATH...]       lists the contents of folders", &ShellDoor::ls},
      {"timeline", "timeline           shows what each CPU has done so far", &ShellDoor::timeline},
      {"date", "date               prints the simulated time", &ShellDoor::date},
      {"boot", "boot               brings up every offline CPU, as a kernel does when it boots",
       &ShellDoor::operation},
      {"shutdown", "shutdown           takes all CPUs but one down, as a reboot does",
       &ShellDoor::operation},
      {"suspend", "suspend            takes all CPUs but one down; `resume` brings them up again",
       &ShellDoor::operation},
      {"resume", "resume             brings up the CPUs that `suspend` took down",
       &ShellDoor::operation},
      {"help", "help               prints this list", &ShellDoor::help},
      {"exit", "exit               ends the session; the end of the input ends it, too", nullptr}};
  return all;
}

ShellDoor::ShellDoor(const Look& look, bool files_only)
    : look_(look),
      files_only_(files_only),
      lines_("cpuhp> ",
             [this](const std::string& word, bool first) { return completions(word, first); }) {}

bool ShellDoor::serve(Session& session, int) {
  if (session_ != &session) {
    session_ = &session;
    tree_.emplace(session);
  }
  const std::optional<std::string> line = lines_.next();
  if (!line) return false;
  const Words words = words_of(*line);
  if (words.empty()) return true;
  if (words[0] == "exit" || words[0] == "quit") return false;
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.name == words[0]) {
      (this->*command.run)(words);
      return true;
    }
    names.push_back(command.name);
  }
  const std::string meant = nearest(words[0], names);
  write_stdout(fmt::format("{}: unknown command{}; `help` lists all commands\n", words[0],
                           meant.empty() ? "" : " (did you mean '" + meant + "'?)"));
  return true;
}

void ShellDoor::complain(const std::string& about, int error) {
  write_stdout(about + ": " + error_text(error) + '\n');
}

void ShellDoor::cat(const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string text;
    const int ret = tree_->read(absolute(words[i]), &text);
    if (ret == 0)
      write_stdout(text);
    else
      complain("cat: " + words[i], -ret);
  }
}

void ShellDoor::echo(const Words& words) {
  const auto arrow = std::find(words.begin(), words.end(), ">");
  if (arrow == words.end()) {
    for (std::size_t i = 1; i < words.size(); ++i) write_stdout((i == 1 ? "" : " ") + words[i]);
    return write_stdout("\n");
  }
  if (words.end() - arrow != 2) return write_stdout("echo: expected one PATH after >\n");
  const bool bare = words[1] == "-n";
  std::string value;
  for (auto word = words.begin() + (bare ? 2 : 1); word != arrow; ++word)
    value += (value.empty() ? "" : " ") + *word;
  const std::string& path = arrow[1];
  tree_->write(absolute(path), bare ? value : value + '\n', [this, path](int ret) {
    if (ret != 0) complain("echo: " + path, -ret);
  });
}

void ShellDoor::ls(const Words& words) {
  const Words paths = words.size() > 1 ? Words(words.begin() + 1, words.end()) : Words{""};
  for (const std::string& path : paths) {
    const std::string place = absolute(path);
    std::vector<std::string> names;
    const int ret = tree_->list(place, &names);
    if (ret == -ENOTDIR) {
      write_stdout(path + '\n');
    } else if (ret != 0) {
      complain("ls: " + path, -ret);
    } else {
      std::string row;
      for (const std::string& name : names) {
        const std::string shown = name + (tree_->is_folder(path_in(place, name)) ? "/" : "");
        if (!row.empty() && row.size() + shown.size() + 2 > look_.columns) {
          write_stdout(row + '\n');
          row.clear();
        }
        row += (row.empty() ? "" : "  ") + shown;
      }
      if (!row.empty()) write_stdout(row + '\n');
    }
  }
}

void ShellDoor::help(const Words&) {
  for (const Command& command : commands()) write_stdout("  " + command.usage + '\n');
  write_stdout(
      "A path is relative to /sys/devices/system/cpu, or begins with / (such as /proc/cpuinfo).\n");
}

void ShellDoor::date(const Words&) { write_stdout(readable(session_->now()) + '\n'); }

void ShellDoor::timeline(const Words&) {
  const Ns end = session_->now();
  const CpuStages stages = cpu_stages(session_->events(), end);
  write_stdout(machine_timeline(
      {.stages = stages, .control = session_->control_cpu_time(), .end = end}, look_));
}

void ShellDoor::operation(const Words& words) {
  if (files_only_)
    return write_stdout(
        words[0] + ": not possible with --record, because a recording cannot hold this command\n");
  session_->ask({.kind = row_named(kOperations, words[0])->value},
                [this, name = words[0]](const OpResult& r) {
                  if (r.ret != 0) complain(name, -r.ret);
                });
}

std::vector<std::string> ShellDoor::completions(const std::string& word, bool first) {
  std::vector<std::string> found;
  if (first) {
    for (const Command& command : commands())
      if (command.name.starts_with(word)) found.push_back(command.name + ' ');
    return found;
  }
  const std::size_t slash = word.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : word.substr(0, slash + 1);
  const std::string begin = word.substr(folder.size());
  const std::string place = absolute(folder);
  std::vector<std::string> names;
  if (tree_->list(place, &names) != 0) return found;
  for (const std::string& name : names)
    if (name.starts_with(begin))
      found.push_back(folder + name + (tree_->is_folder(path_in(place, name)) ? "/" : " "));
  return found;
}

}  // namespace cpuhp
