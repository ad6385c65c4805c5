#!/bin/sh
# scripts/package makes the .deb; a bare Debian installs it with apt, does the README's job with it,
# reads a manual page, completes a line, and purges it: nothing is left.
#
#   tests/package/package_test.sh
#
# Needs what scripts/package needs, the network and some minutes. Without that it is left out, with
# the reason: exit code 77.
set -eu
cd "$(dirname "$0")/../.."

leave_out() {
  echo "left out: the Debian package: $*"
  exit 77
}
command -v mmdebstrap >/dev/null 2>&1 ||
  leave_out "mmdebstrap is not here (scripts/install-deps package)"
[ "$(id -u)" -eq 0 ] || unshare --user --map-root-user true 2>/dev/null ||
  leave_out "a chroot needs root or user namespaces, and neither is allowed here"
git rev-parse HEAD >/dev/null 2>&1 || leave_out "these sources are no git clone"
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$release" ] || leave_out "this is no Debian release"

scripts/package
echo "==> $(cd build/package && ls *.deb | tr "\n" " ")in a bare $release" >&2
rm -rf build/package/debs
mkdir build/package/debs
cp build/package/cpuhp-sim_*.deb build/package/libcpuhp*.deb build/package/debs
mmdebstrap --variant=minbase --quiet --skip=cleanup/apt --include=man-db \
  --customize-hook="sync-in '$PWD/build/package/debs' /" \
  --customize-hook="upload tests/package/in_a_bare_debian.sh /test.sh" \
  --customize-hook="upload tests/install/complete.bash /complete.bash" \
  --customize-hook='chroot "$1" sh /test.sh' \
  --format=null "$release" -
