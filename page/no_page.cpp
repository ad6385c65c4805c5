// A build without the page of --report (CPUHP_REPORT=OFF).
#include "sim/report/html/page.hpp"

namespace cpuhp {

PageParts page_parts() { return {}; }

}  // namespace cpuhp
