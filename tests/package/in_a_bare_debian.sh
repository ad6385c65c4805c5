#!/bin/sh
# The part of package_test.sh inside the chroot: installs the packages that lie in /, uses them, purges
# them.
set -eu

fail() {
  echo "FAILED: $*"
  exit 1
}
# `expect WORDS COMMAND...`: the command succeeds and prints the words.
expect() {
  words=$1
  shift
  "$@" >/tmp/out 2>&1 || { cat /tmp/out; fail "$* ended with $?"; }
  grep -qF -- "$words" /tmp/out || { cat /tmp/out; fail "$* does not print: $words"; }
  echo "ok: $*"
}
files() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/lib/dpkg \
    -o -path /var/lib/apt -o -path /var/cache -o -path /var/log \) -prune -o -print | sort
}
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -y "$@" >/tmp/apt 2>&1 || { cat /tmp/apt; fail "apt-get $*"; }; }

mkdir /tmp/work
cd /tmp/work
files >/tmp/before
apt install --no-install-recommends /cpuhp-sim_*.deb
echo "ok: installed, $(dpkg-query -W -f '${Installed-Size}' cpuhp-sim) KiB"
expect 'cpuhp-sim 0.' cpuhp-sim -V
expect '9.39x' cpuhp-sim compare scenarios/skylake-112-boot.json
expect '3 of 4 CPUs online' cpuhp-sim run scenarios/fail-one-step.json
expect '/usr/share/cpuhp-sim/scenarios/boot-8-cpus.json' cpuhp-sim run -v scenarios/boot-8-cpus.json
expect 'no findings' cpuhp-sim faults scenarios/faults-of-a-driver.json --designs parallel --kinds error
expect ' passed' cpuhp-sim test scenarios/faults
expect 'boot-8-cpus: 8 CPUs' sh -c 'cpuhp-sim run - </usr/share/cpuhp-sim/scenarios/boot-8-cpus.json'
cpuhp-sim run scenarios/boot-8-cpus.json --report page.html >/tmp/out 2>&1 ||
  grep -q 'was built without' /tmp/out || { cat /tmp/out; fail "--report"; }
expect '--bystanders' man cpuhp-sim-run
expect 'cpuhp-sim-compare(1)' man cpuhp-sim
expect 'parallel' bash /complete.bash /usr/share/bash-completion/completions/cpuhp-sim \
  'cpuhp-sim run --design p'
expect 'skylake' sh -c 'cat /usr/share/doc/cpuhp-sim/README.md'

# A program of one's own, with the library.
apt install --no-install-recommends /libcpuhp0.1_*.deb /libcpuhp-dev_*.deb g++ cmake make
cp -r /usr/share/doc/cpuhp-sim/examples/library example
expect 'find_package' grep find_package example/CMakeLists.txt
expect 'Built target find_leak' sh -c 'cmake -S example -B built >/dev/null && cmake --build built'
expect '4 of 169 cases leak; with the mended driver 0' built/find_leak
expect 'which are all' built/every_order

apt purge cpuhp-sim libcpuhp0.1 libcpuhp-dev g++ cmake make
apt autoremove --purge
files >/tmp/after
if left=$(diff /tmp/before /tmp/after | grep '^>'); then
  echo "$left"
  fail "left after the purge"
fi
echo "ok: nothing is left after the purge"
