// The host: the machine on which this program runs. Only sim/host.cpp asks it for its clock,
// environment or terminal (a test checks this), so that no run can depend on them.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace cpuhp {

/// Returns milliseconds of a steady clock with an arbitrary start. For progress and rates only.
std::int64_t host_milliseconds();

/// Returns the host's time in nanoseconds since 1970, for time stamps of mounted files.
std::int64_t host_nanoseconds_since_1970();

/// Returns the value of a variable of the environment; no value: it is not set, or empty.
std::optional<std::string> host_variable(const std::string& name);
/// Returns the folder of the running program; empty when the system does not tell.
std::string program_folder();

bool stdin_is_terminal();
bool stderr_is_terminal();

/// Returns the number of processors that this process may use, at least 1.
unsigned host_cores();

/// True when text for this file descriptor may be coloured: it is a terminal with colours, and
/// NO_COLOR is unset or empty (https://no-color.org).
bool colour_wanted(int fd);

/// True when the locale's encoding is UTF-8 (LC_ALL, LC_CTYPE, LANG). Otherwise output is ASCII.
bool utf8_wanted();

/// Returns the width of the terminal on stdout, else COLUMNS, else 80; at least 20.
unsigned terminal_columns();

/// Writes a temporary file next to `path`, and renames it. So a reader sees the old or the new
/// file, never a part, even when this process is killed. A symbolic link stays one, and permissions
/// are kept. What is no regular file (/dev/stdout, a pipe) is written to directly. Throws BadInput
/// when the system refuses; then the old file is unchanged.
void write_file_atomically(const std::string& path, std::string_view bytes);
/// Writes a file atomically, for data too large for the memory: `write` produces it in pieces.
void write_file_atomically(const std::string& path,
                           const std::function<void(std::ostream&)>& write);

/// Throws the BadInput that write_file_atomically() would throw, to report an error before long
/// work. Creates no file.
void require_writable(const std::string& path);
/// Throws BadInput when the file can't be appended to. Creates no file.
void require_appendable(const std::string& path);
/// Throws BadInput when no file can be created in the folder. The folder itself may be missing.
/// Creates nothing.
void require_folder(const std::string& folder);
/// Creates a folder and its missing parents. Throws BadInput.
void make_folder(const std::string& folder);

/// Writes to standard output; all output of this program uses this. Throws BadInput when writing
/// fails. When the reader has closed the pipe, the rest is dropped without an error.
void write_stdout(std::string_view text);

/// Has to be called when the program starts. Ignores SIGPIPE, so that a closed pipe does not kill
/// the process, and opens standard files that are closed, so that no other file gets their numbers.
void set_up_standard_files();

}  // namespace cpuhp
