# The page of `--report`, bundled from page/src into one C++ file: REPORT_PAGE.
#
# npm fetches what package-lock.json names when the build is configured, once for each build folder
# and again when that file changes; esbuild makes one script of it. Neither writes into the source
# tree.
option(CPUHP_REPORT "the page of --report; needs node and npm" ON)
if(NOT CPUHP_REPORT)
  set(REPORT_PAGE ${CMAKE_SOURCE_DIR}/page/no_page.cpp)
  return()
endif()

# A source package has the page as it was bundled, since no package may fetch anything when it is built.
set(REPORT_PAGE ${CMAKE_SOURCE_DIR}/page/bundled/page_parts.cpp)
if(EXISTS ${REPORT_PAGE})
  return()
endif()

set(without_report "`cmake --preset release -DCPUHP_REPORT=OFF` and then `scripts/build` builds without --report.")
find_program(CPUHP_NODE NAMES node nodejs)
find_program(CPUHP_NPM NAMES npm)
if(NOT CPUHP_NODE OR NOT CPUHP_NPM)
  message(FATAL_ERROR "The page of `cpuhp-sim ... --report` is bundled with node (18 or later) and npm, "
    "and they are not here. `scripts/install-deps` installs them; ${without_report}")
endif()

set(REPORT_DIR ${CMAKE_BINARY_DIR}/report)
set(REPORT_PAGE ${REPORT_DIR}/page_parts.cpp)
set(REPORT_MODULES ${REPORT_DIR}/modules.stamp)
set(REPORT_LOCK ${CMAKE_SOURCE_DIR}/page/package-lock.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${REPORT_LOCK})
if(${REPORT_LOCK} IS_NEWER_THAN ${REPORT_MODULES}) # also when there is no stamp yet
  message(STATUS "Fetching what the report's page is made with (npm ci)")
  file(COPY ${CMAKE_SOURCE_DIR}/page/package.json ${REPORT_LOCK} DESTINATION ${REPORT_DIR})
  execute_process(
    COMMAND ${CPUHP_NPM} ci --ignore-scripts --prefer-offline --no-audit --no-fund --no-progress
      --loglevel=error --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000
    WORKING_DIRECTORY ${REPORT_DIR} RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE why)
  if(failed)
    message(NOTICE "${why}")
    message(FATAL_ERROR "npm could not fetch what the page of --report is made with; its message is above. "
      "With the network back, build again. ${without_report}")
  endif()
  file(TOUCH ${REPORT_MODULES})
endif()

file(GLOB REPORT_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/page/src/*)
add_custom_command(OUTPUT ${REPORT_PAGE}
  COMMAND ${CMAKE_COMMAND} -E env NODE_PATH=${REPORT_DIR}/node_modules ${CPUHP_NODE}
    ${CMAKE_SOURCE_DIR}/page/build.cjs ${CMAKE_SOURCE_DIR}/page/src ${REPORT_PAGE}
  DEPENDS ${REPORT_MODULES} ${CMAKE_SOURCE_DIR}/page/build.cjs ${REPORT_SOURCES}
  COMMENT "Bundling the report's page" VERBATIM)
