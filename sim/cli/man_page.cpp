#include "sim/cli/man_page.hpp"

#include <cctype>
#include <sstream>
#include <string_view>
#include <vector>

#include "sim/cli/option_values.hpp"
#include "sim/version.hpp"

namespace cpuhp::cli {
namespace {

/// Returns words of a text, as man(7) wants them: a hyphen of ours is the character '-'.
std::string escaped(std::string_view text) {
  std::string s;
  for (const char c : text) {
    if (c == '\\')
      s += "\\e";
    else if (c == '-')
      s += "\\-";
    else
      s += c;
  }
  return s;
}

/// Returns a line of text: a dot or quote at its begin is no request.
std::string text_line(std::string_view text) {
  const bool request = !text.empty() && (text[0] == '.' || text[0] == '\'');
  return (request ? "\\&" : "") + escaped(text) + '\n';
}

std::string roff_quoted(const std::string& text) { return '"' + escaped(text) + '"'; }

std::string on_one_line(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

/// Returns the description as the first line of a page wants it: no capital, no full stop.
std::string summary_of(const CLI::App& command) {
  if (command.get_parent() == nullptr) return "simulator of Linux CPU hotplug";
  std::string text = on_one_line(command.get_description());
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0)
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

/// Paragraphs: lines that are filled, and lines that stay as they are because they are indented.
struct Paragraph {
  std::vector<std::string> lines;
};

std::vector<Paragraph> paragraphs_of(const std::string& text) {
  std::vector<Paragraph> all(1);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty())
      all.emplace_back();
    else
      all.back().lines.push_back(line);
  }
  return all;
}

std::string paragraph_text(const Paragraph& p) {
  std::string s = ".PP\n";
  bool verbatim = false;
  for (const std::string& line : p.lines) {
    const bool indented = line.starts_with("  ");
    if (indented != verbatim) s += indented ? ".RS 4\n.nf\n" : ".fi\n.RE\n";
    verbatim = indented;
    s += text_line(indented ? std::string_view(line).substr(2) : std::string_view(line));
  }
  return s + (verbatim ? ".fi\n.RE\n" : "");
}

/// Returns a section of the page; a text without paragraphs is none. Its first line begins one.
std::string section(const std::string& title, std::string text) {
  if (text.empty()) return text;
  if (text.starts_with(".PP\n")) text.erase(0, 4);
  return ".SH " + title + '\n' + text;
}

/// The text below the options, by the section that a paragraph belongs to.
struct Footer {
  std::string description, examples, exit_status;
};

Footer footer_of(const CLI::App& command) {
  Footer footer;
  bool examples = false;
  for (const Paragraph& p : paragraphs_of(command.get_footer())) {
    if (p.lines.empty()) continue;
    const std::string& first = p.lines.front();
    if (first.starts_with("Exit code")) {
      footer.exit_status += paragraph_text(p);
      examples = false;
    } else if (first == "Examples:") {
      footer.examples += paragraph_text({{p.lines.begin() + 1, p.lines.end()}});
      examples = true;
    } else {
      (examples && first.back() == ':' ? footer.examples : footer.description) += paragraph_text(p);
    }
  }
  return footer;
}

std::string option_head(const CLI::Option& option) {
  std::string head;
  for (const std::string& name : names_of(option)) head += (head.empty() ? "" : ", ") + name;
  head = ".B " + roff_quoted(head);
  if (option.get_type_size() != 0 && !value_name(option).empty())
    head = ".BI " + head.substr(3) + " \" \" " + roff_quoted(value_name(option));
  return head + '\n';
}

std::string option_text(const CLI::Option& option) {
  std::string text = on_one_line(option.get_description());
  if (!option.get_default_str().empty() && option.nonpositional())
    text += "; default: " + option.get_default_str();
  if (option.get_required() && option.nonpositional()) text += "; required";
  return text_line(text);
}

std::string synopsis_of(const CLI::App& command) {
  std::string s = ".B cpuhp\\-sim\n";
  if (command.get_parent() == nullptr)
    return s + ".I COMMAND\n[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]\n";
  s = ".B cpuhp\\-sim " + escaped(command.get_name()) + "\n[\\fIOPTIONS\\fR]\n";
  for (const CLI::Option* argument : options_of(command, true)) {
    const std::string name = "\\fI" + escaped(argument->get_name(true, false)) + "\\fR" +
                             (argument->get_expected_max() > 1 ? "..." : "");
    s += argument->get_required() ? name + '\n' : '[' + name + "]\n";
  }
  return s;
}

std::string arguments_of(const CLI::App& command) {
  std::string s;
  for (const CLI::Option* argument : options_of(command, true))
    s += ".TP\n.I " + roff_quoted(argument->get_name(true, false)) + '\n' + option_text(*argument);
  return s.empty() ? s : ".SH ARGUMENTS\n" + s;
}

std::string options_text(const CLI::App& command) {
  std::string s = ".SH OPTIONS\n";
  for (const CLI::Option* option : options_of(command, false))
    s += ".TP\n" + option_head(*option) + option_text(*option);
  return s;
}

std::string commands_text(const CLI::App& program) {
  std::string s = ".SH COMMANDS\n";
  for (const CLI::App* command : commands_of(program))
    s += ".TP\n.BR " + escaped(man_name(*command)) + " (1)\n" +
         text_line(on_one_line(command->get_description()));
  return s;
}

constexpr std::string_view kEnvironment =
    ".SH ENVIRONMENT\n"
    ".TP\n.B SPDLOG_LEVEL\n"
    "What is told on standard error: \\fBwarn\\fR (the default), \\fBinfo\\fR (as with \\-v), "
    "\\fBdebug\\fR (as with \\-vv), \\fBerror\\fR or \\fBoff\\fR.\n"
    ".TP\n.B NO_COLOR\n"
    "No colours, when it is set and not empty.\n";

std::string see_also(const CLI::App& command) {
  std::string s = ".SH SEE ALSO\n";
  if (command.get_parent() != nullptr) return s + ".BR cpuhp\\-sim (1)\n";
  return s + "The documentation, which begins with docs/README.md.\n";
}

}  // namespace

std::string man_name(const CLI::App& command) {
  return command.get_parent() == nullptr ? "cpuhp-sim" : "cpuhp-sim-" + command.get_name();
}

std::string man_page(const CLI::App& command) {
  const bool program = command.get_parent() == nullptr;
  std::string title = man_name(command);
  for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const Footer footer = footer_of(command);
  std::string s = ".\\\" Made by cpuhp-sim help --man.\n";
  s += ".TH " + escaped(title) + " 1 \"\" " + roff_quoted("cpuhp-sim " + std::string(version())) +
       " \"User Commands\"\n";
  s += ".SH NAME\n" + escaped(man_name(command)) + " \\- " + escaped(summary_of(command)) + '\n';
  s += ".SH SYNOPSIS\n" + synopsis_of(command);
  s += section("DESCRIPTION",
               paragraph_text({{on_one_line(command.get_description()) + (program ? "" : ".")}}) +
                   footer.description);
  if (program) s += commands_text(command);
  s += arguments_of(command) + options_text(command);
  s += section("EXIT STATUS", footer.exit_status);
  s += kEnvironment;
  return s + section("EXAMPLES", footer.examples) + see_also(command);
}

}  // namespace cpuhp::cli
