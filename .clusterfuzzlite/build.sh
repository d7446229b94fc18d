#!/usr/bin/env bash
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite want them: with the compiler, the flags and
# the engine of the environment, and into $OUT, for each target,
#
#   TARGET                  the binary; the libraries that it needs are in lib/
#   TARGET_seed_corpus.zip  seeds and regressions
#   TARGET.dict             if it has a dictionary
#   TARGET.options          for the engine and the sanitizers
#
# $IPC_HAMMER_TARGETS are names of targets with blanks between them; without it all are built.
#
# Sources: https://google.github.io/oss-fuzz/getting-started/new-project-guide/#buildsh
set -euo pipefail

for name in SRC OUT CC CXX LIB_FUZZING_ENGINE SANITIZER; do
  [[ -n ${!name:-} ]] || { echo "build.sh: \$$name is not set" >&2 && exit 2; }
done
# The Dockerfile's copy, or, started from a work tree, the tree itself.
root=$SRC/ipc_hammer
[[ -e $root/WORKSPACE ]] || root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

flags=(
  "--repo_env=CC=$CC" "--repo_env=CXX=$CXX"
  # An output folder of its own, and no warning of another compiler's is an error.
  "--platform_suffix=-oss_fuzz_$SANITIZER" --copt=-Wno-error --strip=never
  # The engine is linked from the environment, not by the targets themselves.
  --define=ipc_hammer_engine=given "--linkopt=$LIB_FUZZING_ENGINE"
  # The machine that fuzzes has none of the libraries.
  "--linkopt=-Wl,-rpath,\$ORIGIN/lib"
)
# What the vptr check needs of the libraries they do not have.
[[ $SANITIZER == coverage ]] ||
  flags+=(--copt=-fno-sanitize=vptr --linkopt=-fsanitize-link-c++-runtime)
# The flags of the compiler, those that concern the linker as well. The libraries are built with
# libstdc++.
for flag in ${CFLAGS:-}; do
  flags+=("--conlyopt=$flag")
done
for flag in ${CXXFLAGS:-}; do
  case $flag in
    -stdlib=*) continue ;;
    -fsanitize* | -fprofile* | -fcoverage*) flags+=("--cxxopt=$flag" "--linkopt=$flag") ;;
    *) flags+=("--cxxopt=$flag") ;;
  esac
done

labels=$(bazel query --noshow_progress --output=label \
  'filter("_fuzz$", kind("cc_test rule", //fuzz/... + //stress/kinds/...))')
if [[ -n ${IPC_HAMMER_TARGETS:-} ]]; then
  wanted=" $IPC_HAMMER_TARGETS "
  chosen=
  for label in $labels; do
    [[ $wanted != *" ${label##*:} "* ]] || chosen+=" $label"
  done
  labels=$chosen
fi
[[ -n ${labels// /} ]] || { echo "build.sh: there is no such target" >&2 && exit 2; }

# shellcheck disable=SC2086  # labels hold no blanks
bazel build "${flags[@]}" -- $labels
bin=$(bazel info "${flags[@]}" bazel-bin 2>/dev/null)
mkdir -p "$OUT/lib"
for label in $labels; do
  target=${label##*:}
  path=${label#//}
  binary=$bin/${path/:/\/}
  install -m 755 "$binary" "$OUT/$target"
  # All but the C library's, which goes with the system.
  ldd "$binary" | awk '$2 == "=>" && $3 ~ /^\// {print $3}' |
    grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv)\.so' |
    xargs -r cp -L --update -t "$OUT/lib"
  rm -f "$OUT/${target}_seed_corpus.zip"
  find -L "$binary.runfiles" -type f \( -path '*/corpus/*' -o -path '*/regressions/*' \) -print0 |
    xargs -0 -r zip -q -j "$OUT/${target}_seed_corpus.zip"
  find -L "$binary.runfiles" -type f -name '*.dict' -exec cp -L {} "$OUT/$target.dict" \;
  cp .clusterfuzzlite/target.options "$OUT/$target.options"
done
