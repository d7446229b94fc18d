# shellcheck shell=bash
# Sourced by the scripts that fuzz: which targets there are, and where what is built is found.

# choose_targets [NAME...]: sets LABELS to the fuzz targets of those names, or of the kinds that have
# those names, and KINDS to their kinds; without a name, of all.
choose_targets() {
  local all label name wanted
  all=$(cd "$ROOT" && bazel query --ui_event_filters=-info,-debug --noshow_progress --output=label \
    'filter("_fuzz$", kind("cc_test rule", //transports/... + //fuzz/... + //stress/kinds/...))') ||
    fail "bazel cannot read the BUILD files"
  LABELS=()
  KINDS=()
  for wanted in "${@:-*}"; do
    local count=${#LABELS[@]}
    for label in $all; do
      name=${label##*:}
      # Without a name: all. A pattern is no name.
      [[ $wanted == '*' || $name == "$wanted" || $name == "${wanted}_program_fuzz" ]] || continue
      LABELS+=("$label")
      [[ $name != *_program_fuzz ]] || KINDS+=("${name%_program_fuzz}")
    done
    ((${#LABELS[@]} > count)) || fail "there is no fuzz target and no kind '$wanted'"
  done
}

# build_into FOLDER LABEL... FLAG...: builds, and links each of them from the folder, which it makes.
build_into() {
  local folder=$1 labels=() flags=() word path bin
  shift
  for word in "$@"; do
    if [[ $word == //* ]]; then labels+=("$word"); else flags+=("$word"); fi
  done
  run_bazel build "${flags[@]}" "${labels[@]}" || fail "the build failed"
  bin=$(bazel_bin "${flags[@]}")
  mkdir "$folder"
  for word in "${labels[@]}"; do
    path=${word#//}
    ln -sf "$bin/${path/:/\/}" "$folder/${word##*:}"
  done
}
