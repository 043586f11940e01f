# Sourced by ./dev kernels and ./dev test: the C kernels of a target beside their plain twins, on the target or an emulator of it.
#
#   ./dev kernels [host|aarch64|amx]...     host, where none is named; amx: with the tiles' instructions in C (tiles.h), x86-64
need_build

# Swift brings a Clang that compiles for every architecture; Debian brings the C library and QEMU.
kernels_clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
[ -x "$kernels_clang" ] || kernels_clang=clang

run_kernels() {
  local folder flags=() emulator=()
  case $1 in
    host) ;;
    amx) flags=('-DMIST_TILES="tiles.h"') ;;
    aarch64)
      need qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross
      flags=(--target=aarch64-linux-gnu -fuse-ld=lld -static)
      # Every instruction that QEMU knows.
      emulator=(qemu-aarch64 -cpu max)
      ;;
    *) echo "dev: no target $1; there are host, aarch64, amx" >&2; exit 64 ;;
  esac
  folder=$(mktemp -d)
  "$kernels_clang" "${flags[@]}" -O2 -Wall -Wextra -Werror -I Tests/Kernels -I Sources/MISTKernels/include \
    Sources/MISTKernels/*.c Tests/Kernels/*.c -lm -o "$folder/kernels"
  "${emulator[@]}" "$folder/kernels"
  rm -r "$folder"
}

for kernels_target in "${@:-host}"; do run_kernels "$kernels_target"; done
