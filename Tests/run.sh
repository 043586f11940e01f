# Sourced by ./dev test: formatting, a build without warnings, every test, the tools under faults, the parsers under
# AddressSanitizer and libFuzzer, and the embedded runtime.
need_build

say "formatting"
check_format

say "build"
build_strictly --build-tests

say "tests"
swift test --skip-build --disable-xctest

say "kernels beside their plain twins"
quietly source Tests/Kernels/run.sh host
[ "$(uname -m)" != x86_64 ] || quietly source Tests/Kernels/run.sh amx

need python3
say "README's figures: what the record gives"
python3 Tests/Bench/figures.py --check
quietly python3 Tests/Bench/test_bench.py

say "faults: calls that fail, kills, mutated files"
python3 Tests/Faults/faults.py --tools "$(swift build --show-bin-path)" --short

say "embedded runtime: the same answers as the host's"
# With heads of what kinds a runtime was built without: theirs are refused, by name.
shopt -s extglob
selftest_edge() {
  local bundle status
  for bundle in Fixtures/edge-bundle/*.mistedge; do
    case ${bundle##*/} in
      $2)
        status=0
        "$1" selftest "$bundle" 2>&1 || status=$?
        [ $status = 65 ]
        ;;
      *) "$1" selftest "$bundle" ;;
    esac
  done
  echo "mist-edge: $(stat -c %s "$1") bytes"
}
MIST_HEADS=all quietly build_edge
selftest_edge "$(edge_path)" ''
MIST_HEADS=lae MIST_TUNING=0 quietly build_edge
selftest_edge "$(edge_path)" '@(attentive|mlp|dwconv|last|lst|partial-1|layers*|maps*).mistedge'
quietly build_edge
selftest_edge "$(edge_path)" '@(lst|partial-1).mistedge'

say "hostile input under AddressSanitizer"
# Tests of every reader: malformed files, mutations, truncations. The runner's own leaks are not ours to report.
ASAN_OPTIONS=detect_leaks=0 swift test --disable-xctest --sanitize=address --scratch-path .build-asan \
  --filter 'MISTFormatsTests|MISTVisionTests|Malformed|Fuzz|Bundle|CLITests' 2>&1 |
  grep -v 'Cannot export local symbol'

# In a shell of its own: sourcing it here would take this script's arguments.
"$repository/dev" fuzz --seconds 5 --jobs 2
