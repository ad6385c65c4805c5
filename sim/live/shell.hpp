// The live machine at a prompt: a shell's commands for the files of tree.hpp, such as `echo 0 >
// cpu3/online`. Paths without a leading / are below sys/devices/system/cpu.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/live/line_editor.hpp"
#include "sim/live/session.hpp"
#include "sim/live/tree.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

class ShellDoor final : public Door {
 public:
  /// `files_only`: refuses operations that write no file, because a recording cannot contain them.
  ShellDoor(const Look& look, bool files_only);
  bool serve(Session& session, int wait_ms) override;

 private:
  using Words = std::vector<std::string>;
  struct Command;
  static const std::vector<Command>& commands();

  void cat(const Words& words);
  void echo(const Words& words);
  void ls(const Words& words);
  void help(const Words& words);
  void timeline(const Words& words);
  void operation(const Words& words);
  void date(const Words& words);

  std::vector<std::string> completions(const std::string& word, bool first);
  void complain(const std::string& about, int error);

  Look look_;
  bool files_only_;
  LineEditor lines_;
  Session* session_ = nullptr;
  std::optional<Tree> tree_;
};

}  // namespace cpuhp
