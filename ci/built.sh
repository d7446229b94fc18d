# shellcheck shell=bash
# Sourced after ci/common.sh: builds one target, or sees that nothing has changed since it was built.
# Bazel takes half a minute to see that where its server has to be started first, and whoever replays a
# finding waits for it. What it would look at is compared by what the file system says of it: each file
# of the tree (name, inode, size, times of content and of status), the packages of the machine and
# Bazel's own settings. Where that cannot be told (no git), Bazel is asked each time.

BUILT=${XDG_CACHE_HOME:-$HOME/.cache}/ipc_hammer/built

# build LABEL FLAG...: and says where the binary is, in $binary.
# shellcheck disable=SC2034  # for those who source this
build() {
  local label=$1 note state package
  shift
  note=$BUILT/$(printf '%s\n' "$ROOT" "$label" "$@" | sha256sum | cut -d' ' -f1)
  # Before the build: what changes while it runs is built again the next time.
  state=$(state_of_tree) || state=
  if [[ -n $state && -r $note ]]; then
    { read -r binary && read -r noted; } <"$note" || noted=
    [[ $noted != "$state $(state_of "$binary")" ]] || return 0
  fi
  run_bazel build "$@" "$label" || fail "the build failed"
  package=${label#//}
  binary=$(bazel_bin "$@")/${package/:/\/}
  [[ -z $state ]] || remember "$note" "$binary" "$state $(state_of "$binary")"
}

state_of() {
  stat -L -c '%i %s %y %z %f' -- "$1" 2>/dev/null || echo missing
}

state_of_tree() {
  git -C "$ROOT" rev-parse --git-dir >/dev/null 2>&1 || return 1
  {
    (cd "$ROOT" && git ls-files -z --cached --others --exclude-per-directory=.gitignore |
      xargs -0 stat -c '%n %i %s %y %z %f' -- 2>&1)
    for path in /var/lib/dpkg/status /etc/bazel.bazelrc "$HOME/.bazelrc" "$(command -v bazel)"; do
      state_of "$path"
    done
  } | sha256sum | cut -d' ' -f1
}

# Whole or not at all. Where it cannot be kept, the next time takes longer.
remember() {
  local folder=${1%/*} new
  mkdir -p "$folder" 2>/dev/null && new=$(mktemp "$folder/.new.XXXXXX" 2>/dev/null) || return 0
  if printf '%s\n' "$2" "$3" 2>/dev/null >"$new"; then
    mv -f "$new" "$1"
  else
    rm -f "$new"
  fi
}
