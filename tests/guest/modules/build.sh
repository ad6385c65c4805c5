#!/bin/sh
# Builds these modules against a kernel and prints the folder they are in.
#
#   tests/guest/modules/build.sh FOLDER          Debian's cloud kernel; FOLDER/kernel if it is there
#   tests/guest/modules/build.sh FOLDER KDIR     the kernel that was built in KDIR
#
# The headers of Debian's kernel are unpacked into FOLDER, nothing but tools is installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../../scripts/lib/debian.sh"
"$here/../../../scripts/install-deps" guest
mkdir -p "$1"
folder=$(cd "$1" && pwd)
kdir=
[ $# -lt 2 ] || kdir=$(cd "$2" && pwd)

fail() {
  echo "build.sh: $*" >&2
  exit 1
}

if [ -z "$kdir" ]; then
  release=$(find "$folder/kernel/boot" -name 'vmlinuz-*' 2>/dev/null | sed 's/.*vmlinuz-//')
  [ -n "$release" ] || release=$(dependency_of linux-headers-cloud-amd64 linux-headers- |
    sed 's/^linux-headers-//')
  headers=$folder/headers-$release/usr/src
  kdir=$headers/linux-headers-$release
  if [ ! -d "$kdir" ]; then
    rm -rf "$folder/headers-$release" "$folder/headers.new"
    unpack "$folder/headers.new" "linux-headers-$release" \
      "linux-headers-${release%-cloud-amd64}-common" \
      "linux-kbuild-$(echo "$release" | cut -d . -f 1,2)" ||
      fail "cannot download the headers of $release; without $folder/kernel the newest are taken"
    # They expect to be installed.
    sed -i "s|^include /usr/src/|include $headers/|" \
      "$folder/headers.new/usr/src/linux-headers-$release/Makefile"
    mv "$folder/headers.new" "$folder/headers-$release"
  fi
fi
release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$kdir/include/generated/utsrelease.h") ||
  fail "no kernel was built in $kdir"
modules=$folder/modules-$release
mkdir -p "$modules"
cp -p "$here/Kbuild" "$here"/*.[ch] "$modules"
make -s -C "$kdir" M="$modules" CC=gcc-12 modules >"$modules/make.log" 2>&1 || {
  cat "$modules/make.log" >&2
  fail "the modules do not build against $kdir"
}
echo "$modules"
