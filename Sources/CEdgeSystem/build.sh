# Sourced by ./dev edge: mist-edge for a target, of the same sources as the host's, without a C library. What a program asks of its
# system is in this folder; Swift's toolchain compiles and links for every target, and Debian's bare-metal GCC brings Arm's helpers.

edge_targets="x86_64 aarch64 armv7 riscv64 wasm32 wasm32-simd"
# Those without a system: the C library alone.
edge_bare_targets="cortex-m4 cortex-m4f"

# Sets what compiles for target $1: the triple of Swift and Clang, their flags, the folder of the system's calls, what else is linked.
# Modules are compiled to LLVM's code, and the linker makes the processor's of the whole: a seventh smaller than module by module. The
# threshold keeps small functions calls, where copies of them are larger; what is called once is still put where it is called.
edge_target() {
  edge_swift_flags=()
  edge_c_flags=()
  edge_link=(-mllvm -inline-threshold=-30)
  edge_system=linux
  case $1 in
    x86_64) edge_triple=x86_64-unknown-none-elf ;;
    aarch64) edge_triple=aarch64-none-none-elf edge_c_flags=(-mno-outline-atomics) ;;
    armv7)
      edge_triple=armv7-none-none-eabi
      # A Raspberry Pi 2 and newer.
      edge_c_flags=(-mcpu=cortex-a7 -mfpu=neon-vfpv4 -mfloat-abi=hard -mthumb)
      need gcc-arm-none-eabi
      # The bare triple's names for what moves bytes are not in Arm's helpers.
      edge_link+=(-mllvm -meabi=gnu "$(arm-none-eabi-gcc -march=armv7-a+simd -mfloat-abi=hard -print-libgcc-file-name)")
      ;;
    riscv64)
      edge_triple=riscv64-none-none-eabi edge_c_flags=(-march=rv64gc -mabi=lp64d -mno-relax)
      # Swift's functions do not say for which extensions they are.
      edge_link+=(-mllvm -mattr=+m,+a,+f,+d,+c)
      ;;
    cortex-m4 | cortex-m4f)
      edge_triple=armv7em-none-none-eabi edge_system=none
      edge_c_flags=(-mcpu=cortex-m4 -mthumb)
      [ "$1" = cortex-m4 ] && edge_c_flags+=(-mfloat-abi=soft) || edge_c_flags+=(-mfpu=fpv4-sp-d16 -mfloat-abi=hard)
      need gcc-arm-none-eabi
      ;;
    wasm32 | wasm32-simd)
      edge_triple=wasm32-unknown-none-wasm edge_system=wasi
      [ "$1" = wasm32 ] || edge_c_flags=(-msimd128)
      ;;
    *) echo "dev: no target $1; there are $edge_targets $edge_bare_targets" >&2; exit 64 ;;
  esac
  [ $edge_system != linux ] || edge_c_flags+=(-D__linux__)
  # What Swift reads of C is compiled as that is.
  local flag
  for flag in "${edge_c_flags[@]}"; do
    [ "$flag" = -mno-outline-atomics ] || edge_swift_flags+=(-Xcc "$flag")
  done
}

# What compiles target $1 as one of $2, programs ("targets") or libraries ("libraries"), and where: $edge_folder, $edge_bin, $edge_swiftc
# with the flags of every Swift module, and $edge_clang.
edge_compilers() {
  need_build
  edge_target "$1"
  # A program stands at a fixed address, and so does firmware with the library in it.
  local place=-fno-pic
  [ "$2" = targets ] || [ $edge_system = none ] || place=-fPIC
  edge_folder=$repository/.build-edge/$2/$1
  edge_bin=$(dirname "$(readlink -f "$(command -v swift)")")
  mkdir -p "$edge_folder"
  rm -f "$edge_folder"/*.o
  cat >"$edge_folder/module.modulemap" <<MAP
module CEdgeIO { header "$repository/Sources/CEdgeIO/include/CEdgeIO.h" export * }
module CProcess { header "$repository/Sources/CProcess/include/CProcess.h" export * }
module MISTKernels { header "$repository/Sources/MISTKernels/include/MISTKernels.h" export * }
module CMISTEdge { header "$repository/Sources/MISTEdgeC/C/include/mist_arena.h" export * }
MAP
  edge_swiftc=(
    "$edge_bin/swiftc" -target "$edge_triple" -enable-experimental-feature Embedded -enable-experimental-feature Extern -swift-version 6
    -wmo -Osize -emit-bc -lto=llvm-full -Xllvm -inline-threshold=-30 -Xllvm -sil-disable-pass=closure-specialize
    -Xfrontend -mergeable-traps -Xfrontend -function-sections -parse-as-library -package-name mist -Xcc -nostdlibinc
    -Xcc -isystem -Xcc Sources/CEdgeSystem/libc -I "$edge_folder" -Xcc -fmodule-map-file="$edge_folder/module.modulemap" "${edge_swift_flags[@]}")
  [ "${MIST_HEADS:-}" = all ] || edge_swiftc+=(-D MIST_WITHOUT_TRANSFORMERS)
  [ "${MIST_HEADS:-}" != lae ] || edge_swiftc+=(-D MIST_LAE_ALONE)
  [ "${MIST_TUNING:-}" != 0 ] || edge_swiftc+=(-D MIST_WITHOUT_TUNING)
  edge_clang=(
    "$edge_bin/clang" --target="$edge_triple" -flto -Os -DMIST_COMPACT -ffreestanding -nostdlibinc -isystem Sources/CEdgeSystem/libc -ffunction-sections
    -fdata-sections -fno-asynchronous-unwind-tables $place -Wall -Wextra -Wno-pass-failed "${edge_c_flags[@]}")
}

# Compiles the Swift module whose folder is Sources/$1.
edge_module() {
  local module=$1
  find "Sources/$module" -name '*.swift' -print0 | sort -z | xargs -0 "${edge_swiftc[@]}" -module-name "${module/-/_}" \
    -emit-module-path "$edge_folder/${module/-/_}.swiftmodule" -o "$edge_folder/${module/-/_}.o"
}

# Compiles C sources: flags, if any, then --, then the files.
edge_sources() {
  local flags=() file
  while [ "$1" != -- ]; do flags+=("$1"); shift; done
  shift
  for file in "$@"; do
    "${edge_clang[@]}" "${flags[@]}" -I "$(dirname "$file")/include" -c "$file" -o "$edge_folder/$(echo "${file#Sources/}" | tr / -).o"
  done
}

# Builds mist-edge for target $1; its path is $edge_program then.
build_edge_for() {
  edge_compilers "$1" targets
  edge_module MISTEdge
  edge_module MISTEdgeKernels
  edge_module mist-edge
  edge_sources -- Sources/{CEdgeIO,CProcess,MISTKernels,CEdgeSystem,CEdgeSystem/$edge_system}/*.c
  edge_program=$edge_folder/mist-edge
  [ "$edge_system" != wasi ] || edge_program+=.wasm
  edge_linked "$edge_program" "$edge_folder"/*.o
}

# Links program $1 of the objects that follow.
edge_linked() {
  local program=$1
  shift
  if [ "$edge_system" = wasi ]; then
    "$edge_bin/wasm-ld" --gc-sections -s -z stack-size=1048576 "${edge_link[@]}" -o "$program" "$@"
  else
    "$edge_bin/ld.lld" --gc-sections --icf=all -s -static -o "$program" "$@" "${edge_link[@]}"
  fi
}
