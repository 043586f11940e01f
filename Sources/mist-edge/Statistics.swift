import CEdgeIO
import MISTEdge

/// Times of one process, for `--stats`.
struct Statistics {
  private let start = mist_io_nanoseconds()
  private var loaded: UInt64 = 0
  private var began: UInt64 = 0
  private var samples: UInt64 = 0
  private var total: UInt64 = 0
  private var fastest = UInt64.max

  /// Bundle checked and network prepared.
  mutating func ready() { loaded = mist_io_nanoseconds() }

  mutating func begin() { began = mist_io_nanoseconds() }

  /// One forward pass has ended.
  mutating func end() {
    let time = mist_io_nanoseconds() - began
    samples += 1
    total += time
    fastest = min(fastest, time)
  }

  /// As `report`, with what `out` still holds before it.
  func report(after out: Output) {
    out.flush()
    report()
  }

  func report() {
    let out = Output(descriptor: 2)
    out.text("load ")
    out.fixed(Double(loaded - start) / 1e6, decimals: 3)
    out.text(" ms")
    if samples > 0 {
      out.text(", forward pass mean ")
      out.fixed(Double(total) / Double(samples) / 1e6, decimals: 3)
      out.text(" ms, fastest ")
      out.fixed(Double(fastest) / 1e6, decimals: 3)
      out.text(" ms over ")
      out.number(samples)
      out.text(" samples")
    }
    out.text(", peak memory ")
    out.fixed(Double(mist_io_peak_resident()) / 1_048_576, decimals: 2)
    out.line(" MiB")
  }
}
