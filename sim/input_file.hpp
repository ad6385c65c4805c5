// The files that are read: where a name leads to, and standard input, whose name is "-".
//
//   set_data_folders({"/usr/share/cpuhp-sim"});            // once, when the program starts
//   found_file("scenarios/boot-8-cpus.json");              // that file here, else the installed one
//   path_to_open("-", 1 << 20);                            // standard input, again and again
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cpuhp {

/// Sets the folders in which found_file() looks: those of the candidates that hold the scenarios and
/// tables of this program.
void set_data_folders(const std::vector<std::string>& candidates);

/// Returns the path that a name means. A name that exists, from the working folder, is its own path.
/// Otherwise a relative name that a data folder has, or its scenarios/, is that file or folder. Any
/// other name is returned as it is: opening it says what is wrong.
std::string found_file(const std::string& named);

/// Returns the path of a file or folder in the data folders; empty when they lack it.
std::string installed_file(const std::string& named);

/// True for the name of standard input: "-".
bool is_standard_input(const std::string& named);

/// Returns how messages name the file: "standard input" for "-", and any other name as it is.
std::string shown_file(const std::string& named);

/// Returns a path that can be opened for reading, any number of times: found_file(named), or for "-"
/// a copy of standard input. The copy has at most `most` bytes and one block more, so that a pipe
/// that never ends is too large instead. Logs each file once (level info).
/// Throws BadInput when standard input cannot be read.
std::string path_to_open(const std::string& named, std::size_t most);

}  // namespace cpuhp
