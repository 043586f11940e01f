import Foundation

/// Numbers as people read them.
enum Format {
  /// `value` with a fixed number of decimals.
  static func decimal(_ value: Double, _ places: Int) -> String {
    String(format: "%.\(places)f", value)
  }

  /// Scientific notation with two significant decimals, such as `3.41e-07`.
  static func scientific(_ value: Double) -> String {
    String(format: "%.2e", value)
  }

  /// Four significant digits in whichever notation is shorter, such as `0.02104` or `1.5e-07`.
  static func short(_ value: Double) -> String {
    String(format: "%.4g", value)
  }

  /// A fraction as a percentage with one decimal, such as `63.6 %`.
  static func percent(_ fraction: Double) -> String {
    String(format: "%.1f %%", fraction * 100)
  }

  /// Bytes in units of 2¹⁰, such as `1.52 MiB`.
  static func bytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if value < 1024 || unit == "GiB" {
        return unit == "B" ? "\(count) B" : String(format: value < 10 ? "%.2f %@" : "%.1f %@", value, unit)
      }
      value /= 1024
    }
    return "\(count) B"
  }

  /// Seconds as `850 ms`, `12.3 s`, `4 min 05 s` or `2 h 10 min`.
  static func duration(_ seconds: Double) -> String {
    if seconds < 1 { return String(format: "%.0f ms", seconds * 1000) }
    if seconds < 60 { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
    return String(format: "%d h %02d min", whole / 3600, whole % 3600 / 60)
  }

  /// A field of tab-separated values, in which `\t`, `\n`, `\r` and `\\` stand for what they name.
  static func field(_ text: String) -> String {
    let names: [Unicode.Scalar: String] = ["\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"]
    guard text.unicodeScalars.contains(where: { names[$0] != nil }) else { return text }
    return text.unicodeScalars.map { names[$0] ?? String($0) }.joined()
  }

  /// A shape such as `[197, 768]`.
  static func shape(_ shape: [Int]) -> String {
    "[" + shape.map(String.init).joined(separator: ", ") + "]"
  }
}
