# For scripts/*: with --help or -h among the words of the script that reads this file, prints the
# comment at its head and ends it.
for word in "$@"; do
  case $word in
    -h | --help)
      sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
  esac
done
