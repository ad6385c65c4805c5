# What zsh offers for a line of cpuhp-sim: complete.zsh FOLDER LINE prints one word on a line, sorted.
# FOLDER has _cpuhp-sim. The cursor stands at the end of the line.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PROMPT= fpath=($1 \$fpath)"
cat >$1/setup <<'SETUP'
autoload -U compinit; compinit -u -D
bindkey '^I' complete-word
# compadd prints what matches, in place of offering it.
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
  local -a hits
  local suffix=
  builtin compadd -A hits "$@"
  (( $#hits )) || return 1
  # What follows a word is part of it, but for separators, which the next key takes away.
  [[ ${@[$@[(I)-S]+1]} == [=/] ]] && suffix=${@[$@[(I)-S]+1]}
  print -rl -- "" offer:${^hits}$suffix
}
comppostfuncs=(finish)
finish() { print -r -- "all"" offered"; exit }
print ready"y"
SETUP
zpty -w shell "source $1/setup"
zpty -r -m shell out '*readyy*'
zpty -n -w shell "$2"$'\t'
zpty -r -m shell out '*all offered*'
print -r -- "$out" | tr '\r' '\n' | sed -n 's/^offer://p' | sort -u
