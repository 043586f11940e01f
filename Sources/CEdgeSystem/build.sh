# Sourced by ./dev edge: mist-edge for a target, of the same sources as the host's, without a C library. What a program asks of its
# system is in this folder; Swift's toolchain compiles and links for every target, and Debian's bare-metal GCC brings Arm's helpers.

edge_targets="x86_64 aarch64 armv7 riscv64 wasm32"

# Sets what compiles for target $1: the triples of Swift and Clang, their flags, the folder of the system's calls, what else is linked.
edge_target() {
  edge_swift_flags=()
  edge_c_flags=()
  edge_link=()
  edge_system=linux
  case $1 in
    x86_64) edge_swift=x86_64-unknown-none-elf edge_c=x86_64-linux-gnu ;;
    aarch64) edge_swift=aarch64-none-none-elf edge_c=aarch64-linux-gnu edge_c_flags=(-mno-outline-atomics) ;;
    armv7)
      edge_swift=armv7-none-none-eabi edge_c=armv7-linux-gnueabihf
      # A Raspberry Pi 2 and newer.
      edge_c_flags=(-mcpu=cortex-a7 -mfpu=neon-vfpv4 -mfloat-abi=hard)
      need gcc-arm-none-eabi
      edge_link=("$(arm-none-eabi-gcc -march=armv7-a+simd -mfloat-abi=hard -print-libgcc-file-name)")
      ;;
    riscv64) edge_swift=riscv64-none-none-eabi edge_c=riscv64-linux-gnu edge_c_flags=(-march=rv64gc -mabi=lp64d -mno-relax) ;;
    wasm32) edge_swift=wasm32-unknown-none-wasm edge_c=wasm32-unknown-unknown edge_system=wasi ;;
    *) echo "dev: no target $1; there are $edge_targets" >&2; exit 64 ;;
  esac
  [ $edge_system = wasi ] || edge_c_flags+=(-D__linux__)
  # What Swift reads of C is compiled as that is.
  local flag
  for flag in "${edge_c_flags[@]}"; do
    [ "$flag" = -mno-outline-atomics ] || edge_swift_flags+=(-Xcc "$flag")
  done
}

# Builds mist-edge for target $1; its path is $edge_program then.
build_edge_for() {
  need_build
  edge_target "$1"
  local folder=$repository/.build-edge/targets/$1 bin sources=Sources flags file
  bin=$(dirname "$(readlink -f "$(command -v swift)")")
  mkdir -p "$folder"
  rm -f "$folder"/*.o
  cat >"$folder/module.modulemap" <<MAP
module CEdgeIO { header "$repository/Sources/CEdgeIO/include/CEdgeIO.h" export * }
module CProcess { header "$repository/Sources/CProcess/include/CProcess.h" export * }
module MISTKernels { header "$repository/Sources/MISTKernels/include/MISTKernels.h" export * }
MAP
  flags=(
    -target "$edge_swift" -enable-experimental-feature Embedded -swift-version 6 -wmo -Osize -parse-as-library -package-name mist
    -Xfrontend -function-sections -Xcc -nostdlibinc -Xcc -isystem -Xcc "$sources/CEdgeSystem/libc" "${edge_swift_flags[@]}")
  [ -n "${MIST_TRANSFORMERS:-}" ] || flags+=(-D MIST_WITHOUT_TRANSFORMERS)
  find "$sources/MISTEdge" -name '*.swift' -print0 | sort -z | xargs -0 "$bin/swiftc" "${flags[@]}" -module-name MISTEdge \
    -emit-module-path "$folder/MISTEdge.swiftmodule" -c -o "$folder/MISTEdge.o"
  find "$sources/mist-edge" -name '*.swift' -print0 | sort -z | xargs -0 "$bin/swiftc" "${flags[@]}" -module-name mist_edge \
    -I "$folder" -Xcc -fmodule-map-file="$folder/module.modulemap" -c -o "$folder/mist_edge.o"
  flags=(
    --target="$edge_c" -Os -ffreestanding -nostdlibinc -isystem "$sources/CEdgeSystem/libc" -ffunction-sections -fdata-sections
    -fno-asynchronous-unwind-tables -fno-pic -Wall -Wextra -Wno-pass-failed "${edge_c_flags[@]}")
  for file in "$sources"/{CEdgeIO,CProcess,MISTKernels,CEdgeSystem,CEdgeSystem/$edge_system}/*.c; do
    "$bin/clang" "${flags[@]}" -I "$(dirname "$file")/include" -c "$file" -o "$folder/$(echo "${file#"$sources"/}" | tr / -).o"
  done
  if [ "$edge_system" = wasi ]; then
    edge_program=$folder/mist-edge.wasm
    "$bin/wasm-ld" --gc-sections -s -z stack-size=1048576 -o "$edge_program" "$folder"/*.o
  else
    edge_program=$folder/mist-edge
    "$bin/ld.lld" --gc-sections --icf=all -s -static -o "$edge_program" "$folder"/*.o "${edge_link[@]}"
  fi
}
