# shellcheck shell=sh
# For scripts that need a package's content, not the package: downloads from Debian's archive, and
# unpacks. Sourced.

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# The package that a package without content depends on, by the beginning of its name:
# `dependency_of linux-source linux-source-` prints linux-source-6.1.
dependency_of() {
  apt-cache show "$1" >/dev/null 2>&1 || as_root apt-get -qq update >&2
  apt-cache depends "$1" 2>/dev/null | sed -n "s/^ *Depends: \($2[0-9].*\)/\1/p" | head -n 1
}

# `unpack FOLDER PACKAGE...`: without installing anything. A list of packages that is too old names
# versions that the archive has no more, and is refreshed once.
unpack() (
  into=$1
  shift
  mkdir -p "$into"
  downloads=$(mktemp -d "$into/downloads.XXXXXX")
  trap 'rm -rf "$downloads"' EXIT
  cd "$downloads" || return 1
  download() { apt-get -qq -o APT::Sandbox::User=root download "$@" >&2; }
  download "$@" 2>/dev/null || { as_root apt-get -qq update >&2 && download "$@"; } || return 1
  for package in *.deb; do dpkg-deb -x "$package" "$into" || return 1; done
)
