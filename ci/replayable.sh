# shellcheck shell=bash
# Sourced by ci/repro and ci/keep after ci/common.sh: what the user's PATH is (replayable.py), and how
# the binary that replays it is built.

# shellcheck source=ci/built.sh
source "$(dirname "${BASH_SOURCE[0]}")/built.sh"

# Removed at the end, however it comes.
scratch=$(mktemp -d) || fail "there is no place for temporary files"
partial=""
trap 'rm -rf "$scratch" ${partial:+"$partial"}' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# recognise PATH: from the options in $kind, $target and $mode. Sets $path, $called (its name for people)
# and $what, $kind, $mode, $config, $target, $label, $regressions.
# shellcheck disable=SC2034  # for those who source this
recognise() {
  called=$1
  path=$1
  [[ $path == - ]] || path=$(absolute "$path")
  # Standard input, and what else can be read only once, is kept for the replay.
  if [[ $path == - || (-e $path && ! -f $path && ! -d $path) ]]; then
    [[ $path != - ]] || called='standard input'
    local source=/dev/stdin why
    [[ $path == - ]] || source=$path
    # Else the pipe below would take its place, and wait for itself.
    [[ $path != - || -e /dev/fd/0 ]] || fail "$called: is closed"
    why=$(cat -- "$source" 2>&1 >"$scratch/input") || fail "$called: ${why#cat: }"
    path=$scratch/input
  fi
  local fields
  fields=$("$ROOT/ci/replayable.py" "$path" --called "$SCRIPT: $called" --kind "$kind" \
    --target "$target" --mode "$mode") || exit 2
  {
    read -r kind
    read -r mode
    read -r config
    read -r target
    read -r label
    read -r regressions
    read -r what
  } <<<"$fields"
  flags=()
  [[ $config == plain ]] || flags=(--config="$config")
  # What a night found under tsan it found with coverage, and that is built already.
  [[ $config != tsan || ! -f ${path%/findings/*}/format ]] || flags=(--config=tsan_fuzz)
}
