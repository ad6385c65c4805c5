# shellcheck shell=bash
# Shows the steps of a long job in place of what they print, which goes to a file each. Sourced by bash;
# `steps` is how many there are, `logs` the folder of the files, as it is to be named to the reader.
#
#   begin tools scripts/install-deps page            goes on beside the next steps
#   step compile 'Compiling' ninja -C build
#   step tools 'Installing npm'                      waits for what was begun
#
# A terminal has one line that is rewritten: the step, how far it is, seconds since the script began.
# Elsewhere there is a line when a step begins, and one every 10 s. A step that fails ends the script with
# the step's exit code, the end of its output and the file's name; `try` in place of `step` returns it.

rewritten=no
if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then rewritten=yes; fi
number=0
declare -A job_of=()
mkdir -p "$logs"

# Each job is a process group of its own: what the script leaves running when it ends, ends with it.
end_jobs() {
  local job
  for job in "${job_of[@]}"; do kill -- "-$job" 2>/dev/null || true; done
}
trap end_jobs EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

begin() {
  local name=$1
  shift
  set -m
  "$@" >"$logs/$name.log" 2>&1 </dev/null &
  set +m
  job_of[$name]=$!
}

# How far a step is, by the last line that tells it: ninja's "[3/35] ...", install-deps' "fetched 40 %".
how_far() {
  tail -c 4000 "$logs/$1.log" | sed -n -e 's,^\[\([0-9]*\)/\([0-9]*\)\].*,\1 of \2,p' \
    -e 's,^ *\([a-z]* [0-9]* %\)$,\1,p' | tail -n 1
}

say() {
  local far
  far=$(how_far "$1")
  far="[$number/$steps] $2${far:+, $far}, $SECONDS s"
  if [ $rewritten = yes ]; then printf '\r%s\033[K' "$far" >&2; else echo "$far" >&2; fi
}

try() {
  local name=$1 title=$2 status=0 next=$((SECONDS + 10))
  shift 2
  number=$((number + 1))
  if [ $# -gt 0 ]; then begin "$name" "$@"; fi
  say "$name" "$title"
  while kill -0 "${job_of[$name]}" 2>/dev/null; do
    if [ $rewritten = yes ] || [ $SECONDS -ge $next ]; then
      say "$name" "$title"
      next=$((SECONDS + 10))
    fi
    sleep 0.2
  done
  wait "${job_of[$name]}" || status=$?
  unset "job_of[$name]"
  if [ $rewritten = yes ]; then printf '\r\033[K' >&2; fi
  return $status
}

step() {
  local status=0
  try "$@" || status=$?
  if [ $status = 0 ]; then return; fi
  tail -n 20 "$logs/$1.log" >&2
  echo "${0##*/}: exit code $status of \"$2\"; all that it printed is in $logs/$1.log" >&2
  exit $status
}
