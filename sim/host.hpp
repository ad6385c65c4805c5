// The host: the machine on which this program runs. Its clock, environment, terminal and files are
// accessed here and nowhere else (a test enforces it), so that no run can depend on them.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace cpuhp {

/// Returns a steady clock's milliseconds since an arbitrary start: for progress and rates, never
/// for simulated time.
std::int64_t host_milliseconds();

/// Returns the host's time in nanoseconds since 1970, for files whose times are shown.
std::int64_t host_nanoseconds_since_1970();

bool stdin_is_terminal();
bool stderr_is_terminal();

/// Returns the number of processors that this process may use, at least 1.
unsigned host_cores();

/// True when text written to this file descriptor may carry colours: it is a terminal that can
/// show them, and NO_COLOR is unset or empty (https://no-color.org).
bool colour_wanted(int fd);

/// True when the locale's characters are UTF-8 (LC_ALL, LC_CTYPE, LANG); otherwise text keeps to
/// ASCII.
bool utf8_wanted();

/// Returns the columns of the terminal on stdout, else COLUMNS, else 80; at least 20.
unsigned terminal_columns();

/// Writes a file beside `path` and renames it: a reader sees the old file or the whole new one,
/// even when this process is killed midway. A symbolic link stays one, and permissions are kept.
/// Anything else than a regular file (/dev/stdout, a pipe) is written to directly. Throws BadInput
/// when the system refuses; the old file is then unchanged.
void write_file_atomically(const std::string& path, std::string_view bytes);
/// Writes a file in the same way that is too large for the memory: `write` produces it in pieces.
void write_file_atomically(const std::string& path,
                           const std::function<void(std::ostream&)>& write);

/// Throws the BadInput that write_file_atomically() would throw, so that the user learns of it
/// before long work. Leaves no file.
void require_writable(const std::string& path);
/// Throws BadInput if a file can't be appended to. Leaves no new file.
void require_appendable(const std::string& path);
/// Throws BadInput if no files can be made in a folder, which may be missing itself. Leaves
/// nothing.
void require_folder(const std::string& folder);
/// Makes a folder and its missing parents. Throws BadInput.
void make_folder(const std::string& folder);

/// Writes to standard output; everything that this program prints goes through here. Throws
/// BadInput when writing fails. It is no error if the reader closes the pipe: the rest is dropped.
void write_stdout(std::string_view text);

/// Call at the start of the program. Ignores SIGPIPE, so that a closed pipe does not kill the
/// process, and opens closed standard files, so that no file opened later gets their numbers.
void set_up_standard_files();

}  // namespace cpuhp
