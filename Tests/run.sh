# Sourced by ./dev test: formatting, a build without warnings, every test, the tools under faults, the parsers under
# AddressSanitizer and libFuzzer, and the embedded runtime.
need_build

say "formatting"
check_format

say "build"
build_strictly --build-tests

say "tests"
swift test --skip-build --disable-xctest

need python3
say "faults: calls that fail, kills, mutated files"
python3 Tests/Faults/faults.py --tools "$(swift build --show-bin-path)" --short

say "embedded runtime: the same answers as the host's"
quietly build_edge
edge=$(edge_path)
for bundle in Fixtures/edge-bundle/*.mistedge; do
  "$edge" selftest "$bundle"
done
echo "mist-edge: $(stat -c %s "$edge") bytes"

say "hostile input under AddressSanitizer"
# Tests of every reader: malformed files, mutations, truncations. The runner's own leaks are not ours to report.
ASAN_OPTIONS=detect_leaks=0 swift test --disable-xctest --sanitize=address --scratch-path .build-asan \
  --filter 'MISTFormatsTests|MISTVisionTests|Malformed|Fuzz|Bundle|CLITests' 2>&1 |
  grep -v 'Cannot export local symbol'

# In a shell of its own: sourcing it here would take this script's arguments.
"$repository/dev" fuzz --seconds 5 --jobs 2
