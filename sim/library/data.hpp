// Where the library finds the scenarios and tables that came with it.
#pragma once

namespace cpuhp::api {

/// Sets, once in a process, where a file that the working folder lacks is looked for: in the data that
/// was installed with this library, in the sources that it was built in, in the data of the configured
/// folder.
void find_data();

}  // namespace cpuhp::api
