# Sourced by ./dev edge: the C library for a target, of the runtime's own sources. Needs Sources/CEdgeSystem/build.sh.

# What of the library is public: the header of training where there is any.
edge_headers=(Sources/MISTEdgeC/C/include/mist_edge.h)
[ "${MIST_TUNING:-}" = 0 ] || edge_headers+=(Sources/MISTEdgeC/C/include/mist_edge_tune.h)
edge_abi=$(sed -n 's/^#define MIST_EDGE_ABI //p' Sources/MISTEdgeC/C/include/mist_edge.h)

# Builds it for target $1; its path is $edge_library then: an archive, or for wasm32 a module that imports nothing.
build_edge_library_for() {
  edge_compilers "$1" libraries
  # Without a system that has threads there is no memory of each.
  [ $edge_system = linux ] || edge_clang+=(-DMIST_ARENA_ONE_THREAD)
  edge_swiftc+=(-D MIST_ARENA -Xfrontend -disable-stack-protector)
  edge_module MISTEdge
  edge_module MISTEdgeKernels
  edge_module MISTEdgeC
  local symbol exported=() folder=$edge_folder
  for symbol in $(sed -n 's/.*\b\(mist_edge_[a-z_]*\)(.*/\1/p' "${edge_headers[@]}" | sort -u); do
    exported+=("$symbol")
  done
  # What Swift's code asks of a C library for memory is the arena's, under names that nobody else sees.
  edge_sources -ftls-model=initial-exec -Dmist_arena_memalign=posix_memalign -Dmist_arena_free=free -Dmist_arena_random=arc4random_buf -- \
    Sources/MISTEdgeC/C/arena.c
  edge_sources -- \
    Sources/MISTKernels/{isa,sgemm,softmax,dots,narrow,narrow_isa,narrow_pack,narrow_product,int8_rows}.c Sources/CEdgeSystem/math.c
  if [ "$edge_system" = wasi ]; then
    edge_sources -- Sources/CEdgeSystem/{bytes,wasi/multiply}.c
    edge_library=$folder/mistedge.wasm
    "$edge_bin/wasm-ld" --gc-sections -s --no-entry -z stack-size=65536 "${edge_link[@]}" --export=__heap_base "${exported[@]/#/--export-if-defined=}" \
      -o "$edge_library" "$folder"/*.o
    return
  fi
  # The processor's code is made once: for programs that load a library, and in an object for those that are linked with one.
  local kind=(-shared --gc-sections -s -soname "libmistedge.so.$edge_abi" --version-script "$folder/exported.map"
    -o "$folder/libmistedge.so")
  [ "$edge_system" != none ] || kind=(--entry=mist_edge_open "${exported[@]/#/--undefined=}" --unresolved-symbols=ignore-all -o "$folder/discarded")
  echo "{ global: ${exported[*]/%/;} local: *; };" >"$folder/exported.map"
  "$edge_bin/ld.lld" "${kind[@]}" --lto-obj-path="$folder/mistedge.o" "$folder"/*.o "${edge_link[@]}"
  "$edge_bin/llvm-objcopy" "${exported[@]/#/--keep-global-symbol=}" --strip-unneeded "$folder/mistedge.o"
  edge_library=$folder/libmistedge.a
  rm -f "$edge_library"
  "$edge_bin/llvm-ar" rcsD "$edge_library" "$folder/mistedge.o"
}

# What a user of another toolchain needs for target $1, in one archive: header, library, where it is for pkg-config and CMake, examples, and
# $2, mist-edge, where there is one. The archive is $edge_archive then.
pack_edge_library_for() {
  local name=mist-edge-$1 folder
  folder=$(dirname "$edge_library")/$name
  rm -rf "$folder"
  mkdir -p "$folder"/{include,lib/pkgconfig,lib/cmake/mistedge,examples}
  cp "${edge_headers[@]}" Sources/MISTEdgeC/C/include/mist_edge_file.h "$folder/include"
  cp LICENSE "$folder"
  cp Sources/MISTEdgeC/Examples/* "$folder/examples"
  cp "$edge_library" "$folder/lib"
  if [ "$edge_system" = wasi ]; then
    rm -r "$folder"/lib/{pkgconfig,cmake}
  else
    sed "s/@ABI@/$edge_abi/" Sources/MISTEdgeC/mistedge.pc.in >"$folder/lib/pkgconfig/mistedge.pc"
    cp Sources/MISTEdgeC/mistedge-config.cmake "$folder/lib/cmake/mistedge"
    [ ! -f "$(dirname "$edge_library")/libmistedge.so" ] || cp "$(dirname "$edge_library")/libmistedge.so" "$folder/lib"
  fi
  if [ -n "${2:-}" ]; then
    mkdir "$folder/bin"
    cp "$2" "$folder/bin"
  fi
  edge_archive=$folder.tar.gz
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$(dirname "$folder")" -c "$name" | gzip -n9 >"$edge_archive"
}
