# shellcheck shell=bash
# Sourced by the scripts of ci/: where the repository is, and how Bazel is called.
# Works from any folder, as root or not, with Bazel 4.2.3 and newer.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CALLED_FROM=$PWD
SCRIPT=ci/$(basename "$0")
export ROOT CALLED_FROM

# Bazel keeps its output below the home folder; a service may have none in its environment.
if [[ -z ${HOME:-} ]]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME
fi

# The commit that findings record; "+" when the work tree differs from it.
if [[ -z ${IPC_HAMMER_COMMIT:-} ]]; then
  IPC_HAMMER_COMMIT=$(git -C "$ROOT" describe --always --abbrev=12 --exclude='*' --dirty=+ \
    2>/dev/null || echo unknown)
  export IPC_HAMMER_COMMIT
fi

fail() {
  echo "$SCRIPT: $*" >&2
  exit 2
}

# bazel COMMAND ARGUMENTS...: a live line on a terminal, a line every 20 seconds in a log.
run_bazel() {
  local command=$1
  shift
  local quiet=("--ui_event_filters=-info,-debug" --show_result=0 --noshow_loading_progress)
  if [[ ! -t 2 ]]; then
    quiet+=(--curses=no --color=no --show_progress_rate_limit=20)
  fi
  (cd "$ROOT" && bazel "$command" "${quiet[@]}" "$@")
}

# The path of what was built: bazel_bin CONFIG_FLAGS...
bazel_bin() {
  (cd "$ROOT" && bazel info --ui_event_filters=-info,-debug "$@" bazel-bin 2>/dev/null)
}

# An absolute path, seen from where the script was called; empty stays empty.
absolute() {
  case $1 in
    '' | /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$CALLED_FROM" "$1" ;;
  esac
}
