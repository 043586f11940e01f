# Sourced by ./dev test: build with warnings as failures, every test, the embedded runtime, formatting, sanitised parsers.
need_build

say "formatting"
swift format lint --strict --recursive Package.swift Sources Tests

say "build"
log=$(mktemp)
swift build --build-tests 2>&1 | tee "$log" | grep -vE '^\[[0-9]+/[0-9]+\] ' || true
[ "${PIPESTATUS[0]}" -eq 0 ]
if grep -q 'warning:' "$log"; then
  echo "dev: the build prints warnings" >&2
  exit 1
fi

say "embedded runtime"
build_edge

say "tests"
MIST_EDGE_EMBEDDED="$(MIST_EMBEDDED=1 swift build -c release --scratch-path .build-edge --show-bin-path)/mist-edge" \
  swift test --skip-build
