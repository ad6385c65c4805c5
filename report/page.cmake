# The page of `--report`, bundled from report/src into one C++ file: REPORT_PAGE.
#
# npm fetches what package-lock.json names, once for each build folder and again when that file
# changes; esbuild makes one script of it. Neither writes into the source tree.
option(CPUHP_REPORT "the page of --report; needs node and npm" OFF)
if(NOT CPUHP_REPORT)
  set(REPORT_PAGE ${CMAKE_SOURCE_DIR}/report/no_page.cpp)
  return()
endif()

find_program(CPUHP_NODE NAMES node nodejs)
find_program(CPUHP_NPM NAMES npm)
if(NOT CPUHP_NODE OR NOT CPUHP_NPM)
  message(FATAL_ERROR "The page of `cpuhp-sim ... --report` is bundled with node (18 or later) and npm, "
    "and they are not here. `scripts/install-deps report` installs them; -DCPUHP_REPORT=OFF builds without "
    "--report.")
endif()

set(REPORT_DIR ${CMAKE_BINARY_DIR}/report)
set(REPORT_PAGE ${REPORT_DIR}/page_parts.cpp)
set(REPORT_MODULES ${REPORT_DIR}/modules.stamp)
file(GLOB REPORT_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/report/src/*)
add_custom_command(OUTPUT ${REPORT_MODULES}
  COMMAND ${CMAKE_COMMAND} -DNPM=${CPUHP_NPM} -DFROM=${CMAKE_SOURCE_DIR}/report -DTO=${REPORT_DIR}
    -DSTAMP=${REPORT_MODULES} -P ${CMAKE_SOURCE_DIR}/report/modules.cmake
  DEPENDS ${CMAKE_SOURCE_DIR}/report/package.json ${CMAKE_SOURCE_DIR}/report/package-lock.json
    ${CMAKE_SOURCE_DIR}/report/modules.cmake
  COMMENT "Fetching what the report's page is made with (npm ci)" VERBATIM)
add_custom_command(OUTPUT ${REPORT_PAGE}
  COMMAND ${CMAKE_COMMAND} -E env NODE_PATH=${REPORT_DIR}/node_modules ${CPUHP_NODE}
    ${CMAKE_SOURCE_DIR}/report/build.cjs ${CMAKE_SOURCE_DIR}/report/src ${REPORT_PAGE}
  DEPENDS ${REPORT_MODULES} ${CMAKE_SOURCE_DIR}/report/build.cjs ${REPORT_SOURCES}
  COMMENT "Bundling the report's page" VERBATIM)
