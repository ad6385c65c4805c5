#!/bin/sh
# A driver is convicted: scripts/test-kernel plays sessions around five kernel modules with a planted
# bug each, and one that is right (tests/guest/modules/), in emulated guests. Each bad one is found by
# its signal; of the right one nothing is found.
#
#   tests/guest/modules.sh build/cpuhp-sim [FOLDER]            Debian's own kernel
#   tests/guest/modules.sh build/cpuhp-sim [FOLDER] --debug    the one of scripts/make-debug-kernel
#
#   good: no finding
#   leak: leak.8: cpuhp_leak: imbalance 1: 7 rings allocated, 6 freed, 0 expected WARNING: ...
#   ...
#
# Kernels, modules, recordings and what the guests printed are kept in FOLDER (build/guest). Exit
# code 0: all as it should be; 1: not.
set -eu
binary=$(readlink -f "$1")
shift
cd "$(dirname "$0")/../.."
. scripts/lib/debian.sh
folder=build/guest
kernel=stock
for word in "$@"; do
  case $word in
    --debug) kernel=debug ;;
    *) folder=$word ;;
  esac
done
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
scripts/install-deps guest

fail() {
  echo "modules.sh: $*" >&2
  exit 1
}

if [ "$kernel" = debug ]; then
  image=$(scripts/make-debug-kernel --folder "$folder/debug-kernel")
  modules=$(tests/guest/modules/build.sh "$folder" "${image%/arch/x86/boot/bzImage}")
else
  image=$(find "$folder/kernel/boot" -name 'vmlinuz-*' 2>/dev/null) || true
  if [ -z "$image" ]; then
    package=$(dependency_of linux-image-cloud-amd64 linux-image-)
    unpack "$folder/kernel" "$package" || fail 'cannot download linux-image-cloud-amd64'
    image=$(find "$folder/kernel/boot" -name 'vmlinuz-*')
  fi
  modules=$(tests/guest/modules/build.sh "$folder")
fi

# A guest with a task that waits for ever is over: hung_task_panic. --batch: the first guest plays
# good, leak and forget, which it survives, so that kmemleak is asked at its end.
set -- --kernel "$image" --session tests/guest/modules/sessions.txt --format json --no-reduce \
  --memory 1024 --batch 3 --stall 60 --append sysctl.kernel.hung_task_panic=1 --program "$binary" \
  --cache "$folder" --out "$folder/verdict-$kernel"
for module in "$modules"/*.ko; do set -- "$@" --module "$module"; done
status=0
scripts/test-kernel "$@" >"$folder/verdict-$kernel.json" || status=$?
[ "$status" -eq 1 ] || fail "test-kernel ended with $status, not with findings"
tests/guest/modules_verdict.py "$kernel" "$folder/verdict-$kernel.json" ||
  fail "recordings and consoles are in $folder/verdict-$kernel"
