# Sourced by ./dev edge TARGET… and ./dev edge all: mist-edge, the C library and their archive for each target; the same answers as the
# host's mist-edge on all fixtures, on the processor at hand, QEMU, Node or the toolchain's wasmkit; the examples from the archive alone.
source Sources/CEdgeSystem/build.sh
source Sources/MISTEdgeC/build.sh
# Compiles the test of the heap for the target at hand; prints its object.
edge_heap() {
  mkdir -p "$edge_folder/heap-test"
  "${edge_clang[@]}" -c Tests/Edge/heap.c -o "$edge_folder/heap-test/heap.o"
  echo "$edge_folder/heap-test/heap.o"
}

[ "$*" != all ] || set -- $edge_targets $edge_bare_targets
for target in "$@"; do edge_target "$target"; done
quietly build_edge
need python3
edge_host=$(edge_path)
edge_built=()
edge_archives=()
for target in "$@"; do
  say "building mist-edge and its library for $target"
  edge_program=
  case " $edge_bare_targets " in
    *" $target "*) need qemu-system-arm libnewlib-arm-none-eabi ;;
    *)
      build_edge_for "$target"
      edge_linked "$(dirname "$edge_program")/heap" "$edge_folder"/CEdgeSystem*.o "$(edge_heap)"
      edge_built+=("$target=$edge_program")
      ;;
  esac
  build_edge_library_for "$target"
  pack_edge_library_for "$target" "$edge_program"
  edge_archives+=("$target=$edge_archive")
  case $target in
    "$(uname -m)") need gcc g++ libc6-dev pkg-config cmake make python3-numpy ;;
    wasm32*)
      command -v node >/dev/null || need nodejs
      command -v chromium google-chrome >/dev/null || need chromium || say "there is no chromium: the example of a page is not tried"
      ;;
    aarch64) need qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
    armv7) need qemu-user gcc-arm-linux-gnueabihf libc6-dev-armhf-cross ;;
    riscv64) need qemu-user gcc-riscv64-linux-gnu libc6-dev-riscv64-cross ;;
  esac
done
[ ${#edge_built[@]} -eq 0 ] || python3 Tests/Edge/targets.py --host "$edge_host" "${edge_built[@]}"
say "the C library, from its archives"
python3 Tests/Edge/library.py --host "$edge_host" "${edge_archives[@]}"
