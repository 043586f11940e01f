# Sourced by ./dev fuzz: every parser under libFuzzer and AddressSanitizer, from seeds made of Fixtures/.
#
#   ./dev fuzz [--seconds N] [--jobs J] [TARGET…]   run each target for N seconds (60), J at a time (1)
#   ./dev fuzz --minimise TARGET FILE               make a finding's input as small as it can be
#
# What a run learns stays in .build-fuzz/corpus and is where the next begins; findings lie in .build-fuzz/findings.
need_build

fuzz_scratch=.build-fuzz
fuzz_seconds=60
fuzz_jobs=1
fuzz_minimise=
fuzz_targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) fuzz_seconds=$2; shift 2 ;;
    --jobs) fuzz_jobs=$2; shift 2 ;;
    --minimise) fuzz_minimise=$3; fuzz_targets=("$2"); shift 3 ;;
    -*) echo "dev: unknown option $1" >&2; exit 64 ;;
    *) fuzz_targets+=("$1"); shift ;;
  esac
done
[ ${#fuzz_targets[@]} -gt 0 ] || for folder in Tests/Fuzz/Fuzz*/; do fuzz_targets+=("$(basename "$folder")"); done

say "building the fuzz targets"
MIST_FUZZ=1 quietly swift build -c release --scratch-path "$fuzz_scratch"
fuzz_bin=$(MIST_FUZZ=1 swift build -c release --scratch-path "$fuzz_scratch" --show-bin-path)

# The fixtures that a target's inputs look like, one path a line.
fuzz_seeds() {
  case $1 in
    FuzzSafetensors) find Fixtures -name '*.safetensors' ;;
    FuzzModel) find Fixtures/vit Fixtures/segformer Fixtures/malformed/{naming-conventions,canonical-checkpoint} -name '*.safetensors' ;;
    FuzzONNX) find Fixtures -name '*.onnx' ;;
    FuzzConfiguration) find Fixtures -name config.json -o -name preprocessor_config.json ;;
    FuzzZip) find Fixtures -name '*.zip' -o -name '*.npz' -o -name '*.pth' -o -name '*.pt' ;;
    FuzzTar) find Fixtures -name '*.tar' ;;
    FuzzNPZ) find Fixtures -name '*.npz' ;;
    FuzzPickle) find Fixtures -name '*.pth' -o -name '*.pt' -o -name 'pytorch_model*.bin' ;;
    FuzzBundle) find Fixtures -name '*.mistedge' ;;
    FuzzFeatures) find Fixtures/edge-features Fixtures/malformed/edge-features -name '*.safetensors' ;;
    FuzzManifest) find Fixtures -name manifest.json ;;
    FuzzPrepacked) find Fixtures/malformed/prepacked-weights -name '*.safetensors' ;;
    FuzzHead) find Fixtures/malformed/head -name '*.safetensors' ;;
    FuzzPlan) ;; # Its inputs are edits of a plan that it makes itself.
    FuzzImage) find Fixtures -name '*.jpg' -o -name '*.png' ;;
    FuzzMask) find Fixtures/vision Fixtures/malformed -name '*.png' ;;
    *) echo "dev: there is no fuzz target $1" >&2; return 64 ;;
  esac
}

# The largest input worth trying: what is longer only costs time.
fuzz_size() {
  case $1 in
    FuzzPlan) echo 256 ;;
    FuzzSafetensors) echo 4096 ;;
    FuzzBundle | FuzzManifest | FuzzConfiguration | FuzzZip | FuzzTar) echo 16384 ;;
    *) echo 32768 ;;
  esac
}

# Runs a target; its log and findings are what is left.
fuzz_one() {
  local target=$1 folder=$fuzz_scratch/run/$1 seed number=0 size
  size=$(fuzz_size "$1")
  rm -rf "$folder/seeds"
  mkdir -p "$folder/seeds" "$fuzz_scratch/corpus/$target" "$fuzz_scratch/findings/$target"
  while read -r seed; do
    [ "$(stat -c %s "$seed")" -le "$size" ] || continue
    number=$((number + 1))
    cp "$seed" "$folder/seeds/$number"
  done < <(fuzz_seeds "$target" | sort)
  # What lies in archives too: these targets take it without the archive around it.
  case $target in
    FuzzPickle | FuzzNPZ)
      python3 - "$folder/seeds" <<'PYTHON' ;;
import os, sys, zipfile
folder = sys.argv[1]
for name in os.listdir(folder):
    try:
        with zipfile.ZipFile(os.path.join(folder, name)) as archive:
            for number, member in enumerate(archive.infolist()):
                if member.filename.endswith((".pkl", ".npy")) and member.file_size <= 32768:
                    with open(os.path.join(folder, f"{name}-{number}"), "wb") as file:
                        file.write(archive.read(member))
    except Exception:
        pass  # Damaged on purpose.
PYTHON
  esac
  ASAN_OPTIONS=detect_leaks=0 "$fuzz_bin/$target" "$fuzz_scratch/corpus/$target" "$folder/seeds" \
    -artifact_prefix="$fuzz_scratch/findings/$target/" -max_total_time="$fuzz_seconds" -timeout=20 \
    -rss_limit_mb=3000 -malloc_limit_mb=1024 -max_len="$size" -print_final_stats=1 -verbosity=1 >"$folder/log" 2>&1
}

if [ -n "$fuzz_minimise" ]; then
  mkdir -p "$fuzz_scratch/minimised"
  ASAN_OPTIONS=detect_leaks=0 "$fuzz_bin/${fuzz_targets[0]}" -minimize_crash=1 -runs=200000 -max_total_time=60 \
    -exact_artifact_path="$fuzz_scratch/minimised/${fuzz_targets[0]}" "$fuzz_minimise" 2>&1 | tail -n 3
  ls -l "$fuzz_scratch/minimised/${fuzz_targets[0]}"
else
  for target in "${fuzz_targets[@]}"; do fuzz_seeds "$target" >/dev/null; done
  say "fuzzing for $fuzz_seconds s each, $fuzz_jobs at a time"
  for target in "${fuzz_targets[@]}"; do
    while [ "$(jobs -pr | wc -l)" -ge "$fuzz_jobs" ]; do wait -n || true; done
    fuzz_one "$target" &
  done
  wait || true
  fuzz_failed=0
  printf '%-18s %12s %10s %9s %9s\n' TARGET EXECUTIONS PER-SECOND COVERAGE FINDINGS
  for target in "${fuzz_targets[@]}"; do
    log=$fuzz_scratch/run/$target/log
    findings=$(find "$fuzz_scratch/findings/$target" -type f | wc -l)
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -c 6-)
    printf '%-18s %12s %10s %9s %9s\n' "$target" "${executions:--}" "${rate:--}" "${coverage:--}" "$findings"
    # A target that did not run to its end is a failure too.
    if [ "$findings" -gt 0 ] || [ -z "$executions" ]; then
      fuzz_failed=1
      grep -m 3 -E 'ERROR|SUMMARY|Fatal error' "$log" || tail -n 3 "$log"
      find "$fuzz_scratch/findings/$target" -type f
    fi
  done
  [ "$fuzz_failed" -eq 0 ] || { echo "dev: fuzzing found something" >&2; exit 1; }
fi
