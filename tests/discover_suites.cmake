# Run after a test program is linked: one test of ctest for each suite of it, in place of a process
# for each of thousands of quick cases. Suites whose name matches SPLIT take long: one for each case.
#
#   cmake -DPROGRAM=test_sim -DPREFIX=sim -DLABEL=quick -DSPLIT=^Exact -DOUTPUT=test_sim_suites.cmake -P ...
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE listed
  COMMAND_ERROR_IS_FATAL ANY)
# A comment tells a parameter, whose text may have what a list takes for its own.
string(REGEX REPLACE " +# [^\n]*" "" listed "${listed}")
string(REPLACE "\n" ";" lines "${listed}")

set(text "")
function(add_one name filter)
  string(APPEND text "add_test([==[${name}]==] [==[${PROGRAM}]==] [==[--gtest_filter=${filter}]==])\n"
    "set_tests_properties([==[${name}]==] PROPERTIES LABELS ${LABEL} ENVIRONMENT RC_PARAMS=seed=1)\n")
  set(text "${text}" PARENT_SCOPE)
endfunction()

foreach(line IN LISTS lines)
  if(line MATCHES "^([^ ]+)\\.$")
    set(suite ${CMAKE_MATCH_1})
    set(is_split no)
    if(SPLIT AND suite MATCHES "${SPLIT}")
      set(is_split yes)
    else()
      add_one("${PREFIX}.${suite}" "${suite}.*")
    endif()
  elseif(is_split AND line MATCHES "^  ([^ ]+)$")
    add_one("${PREFIX}.${suite}.${CMAKE_MATCH_1}" "${suite}.${CMAKE_MATCH_1}")
  endif()
endforeach()
if(text STREQUAL "")
  message(FATAL_ERROR "${PROGRAM} lists no tests")
endif()
file(WRITE ${OUTPUT} "${text}")
