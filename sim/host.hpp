// The host: the machine that this program runs on. Its clock, its environment, its terminal and its
// files are asked for here and nowhere else (a test enforces it), so that a run can depend on none
// of them.
//
//   const std::int64_t begin_ms = host_milliseconds();
//   ...
//   if (stderr_is_terminal()) fmt::print(stderr, "\r{} runs/s", runs * 1000 / elapsed_ms);
//   write_file_atomically("out.json", bytes);   // cannot write out.json: No space left on device
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace cpuhp {

/// A steady clock in milliseconds from an arbitrary start: for progress and rates, never for
/// simulated time.
std::int64_t host_milliseconds();

/// The date, in nanoseconds since 1970: for what shows dates of files.
std::int64_t host_nanoseconds_since_1970();

bool stdin_is_terminal();
bool stderr_is_terminal();

/// Processors that this process may use, 1 at least.
unsigned host_cores();

/// Whether text written to this file descriptor may carry colours: it is a terminal that can, and
/// NO_COLOR is unset or empty (https://no-color.org).
bool colour_wanted(int fd);

/// Whether the locale's characters are UTF-8 (LC_ALL, LC_CTYPE, LANG): else text keeps to ASCII.
bool utf8_wanted();

/// Columns of the terminal on stdout, else of COLUMNS, else 80. 20 at least.
unsigned terminal_columns();

/// Writes beside `path` and renames: a reader sees the old file or the whole new one, also when
/// this process is killed midway. A symbolic link stays one, permissions are kept, and what is no
/// regular file (/dev/stdout, a pipe) is written to directly. Throws BadInput when the system
/// refuses; the old file is then as it was.
void write_file_atomically(const std::string& path, std::string_view bytes);
/// The same for a file that is not to be held in memory.
void write_file_atomically(const std::string& path,
                           const std::function<void(std::ostream&)>& write);

/// Throws the BadInput that write_file_atomically() would: to be known before long work. Leaves
/// nothing behind.
void require_writable(const std::string& path);
/// The same for a file that only grows.
void require_appendable(const std::string& path);
/// The same for files that will be made in a folder, which may have to be made itself.
void require_folder(const std::string& folder);
/// Makes a folder and those around it, as far as they are missing. Throws BadInput.
void make_folder(const std::string& folder);

/// Everything that this program prints goes through here. Throws BadInput when it cannot be
/// written. Whoever reads it may leave at any time: the rest is dropped, and that is no error.
void write_stdout(std::string_view text);

/// At the start of the program: a reader who leaves is no reason to die, and no file that is opened
/// later takes the place of a standard one that is closed.
void set_up_standard_files();

}  // namespace cpuhp
