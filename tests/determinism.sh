#!/bin/bash
# One scenario, one digest: however often it runs, with addresses randomised or not, with temporal
# decoupling or one engine event a step (--exact), on the fast engine or the plain one.
#
#   tests/determinism.sh [--runs N] NAME=BINARY... SCENARIO...
#   tests/determinism.sh --runs 20 g++=build/cpuhp-sim scenarios/skylake-112-boot.json
#
#   scenario                         binary       runs  digest
#   skylake-112-boot                 g++            23  090cca3d8f0de24c
#
# N runs (20) of the first binary, half of them without address randomisation, two with --exact and
# one with --engine plain; two, two and one of every other binary. Exit code 0: all the same; 1: not;
# 2: nothing to compare.
set -u

runs=20
binaries=()
scenarios=()
while [ $# -gt 0 ]; do
  case $1 in
    --runs) runs=$2; shift ;;
    *=*) binaries+=("$1") ;;
    -*) echo "determinism.sh: unknown option $1" >&2; exit 2 ;;
    *) scenarios+=("$1") ;;
  esac
  shift
done
if [ ${#binaries[@]} -eq 0 ] || [ ${#scenarios[@]} -eq 0 ]; then
  sed -n '5,6s/^# *//p' "$0" >&2
  exit 2
fi

# Containers may forbid to switch address randomisation off. Then there is one way less to differ.
still=(setarch -R)
if ! setarch -R true 2>/dev/null; then
  still=(env)
  echo 'determinism.sh: address randomisation cannot be switched off here' >&2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One run: prints "exit code, digests". A run that ends in a finding has a digest too.
digest() {
  local out=$1 code
  shift
  "$@" --format json >"$out" 2>"$out.err" </dev/null
  code=$?
  echo "exit=$code $(grep -o '"digest": *"[^"]*"' "$out" | sed 's/.*: *"\(.*\)"/\1/' | tr '\n' ' ')"
}

# Runs one scenario with one binary in every way; prints each way with what it gave.
all_ways() {
  local binary=$1 scenario=$2 count=$3 out=$4 i
  for ((i = 0; i < count; i += 2)); do
    echo "plain $(digest "$out" "$binary" run "$scenario")"
    echo "no-aslr $(digest "$out" "${still[@]}" "$binary" run "$scenario")"
  done
  echo "exact $(digest "$out" "$binary" run "$scenario" --exact)"
  echo "exact,no-aslr $(digest "$out" "${still[@]}" "$binary" run "$scenario" --exact)"
  echo "engine-plain $(digest "$out" "$binary" run "$scenario" --engine plain)"
}

first_difference() {
  awk -v expected="$1" '{ way = $1; sub(/^[^ ]* /, "") }
    $0 != expected { print way ": " $0; exit }' "$2"
}

failed=0
printf '%-40s %-14s %5s  %s\n' scenario binary runs digest
for scenario in "${scenarios[@]}"; do
  name=$(basename "$scenario" .json)
  expected=
  count=$runs
  for binary in "${binaries[@]}"; do
    all_ways "${binary#*=}" "$scenario" "$count" "$work/out" >"$work/ways"
    count=2
    : "${expected:=$(sed -n '1s/^[^ ]* //p' "$work/ways")}"
    verdict=${expected#exit=[0-9]* }
    if ! [[ $expected =~ ^exit=[01]\ [0-9a-f] ]]; then
      verdict="NO DIGEST ($expected) $(head -n 1 "$work/out.err")"
      failed=1
    elif other=$(first_difference "$expected" "$work/ways") && [ -n "$other" ]; then
      verdict="DIFFERS: expected $expected, got $other"
      failed=1
    fi
    printf '%-40s %-14s %5d  %s\n' "$name" "${binary%%=*}" "$(wc -l <"$work/ways")" "$verdict"
  done
done
exit $failed
