#!/bin/sh
# Every suite of a test program is a test of ctest, whatever the texts of its parameters.
#
#   discover_suites_test.sh PROGRAM CTEST_FILE
set -eu
listed=$("$1" --gtest_list_tests | sed -nE 's/^([^ ]+)\.( +#.*)?$/\1/p' | sort -u)
for suite in $listed; do
  grep -qF -- "[==[--gtest_filter=$suite." "$2" || { echo "no test of ctest for $suite"; missing=1; }
done
exit "${missing:-0}"
