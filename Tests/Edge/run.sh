# Sourced by ./dev edge TARGET… and ./dev edge all: mist-edge for each target, and the same answers as the host's on all fixtures, on
# the processor at hand, QEMU, Node or the toolchain's wasmkit.
source Sources/CEdgeSystem/build.sh
[ "$*" != all ] || set -- $edge_targets
for target in "$@"; do edge_target "$target"; done
quietly build_edge
need python3
edge_host=$(edge_path)
edge_built=()
for target in "$@"; do
  say "building mist-edge for $target"
  build_edge_for "$target"
  case $target in
    "$(uname -m)") ;;
    wasm32) command -v node >/dev/null || need nodejs ;;
    *) need qemu-user ;;
  esac
  edge_built+=("$target=$edge_program")
done
python3 Tests/Edge/targets.py --host "$edge_host" "${edge_built[@]}"
