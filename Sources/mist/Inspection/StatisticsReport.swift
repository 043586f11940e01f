import MISTFormats

/// A tensor's statistics, for machines and for people.
struct StatisticsReport: Encodable {
  let min: Double?
  let max: Double?
  let mean: Double?
  let std: Double?
  let nan: Int
  let inf: Int
  let zeros: Int
  let allZero: Bool
  /// What a person should look at: `NaN`, `infinite`, `all zero`, `all equal`.
  let suspicious: [String]

  init(_ statistics: TensorStatistics) {
    min = statistics.minimum
    max = statistics.maximum
    mean = statistics.mean
    std = statistics.standardDeviation
    nan = statistics.nans
    inf = statistics.infinities
    zeros = statistics.zeros
    allZero = statistics.isAllZero
    var flags: [String] = []
    if nan > 0 { flags.append("NaN") }
    if inf > 0 { flags.append("infinite") }
    if allZero {
      flags.append("all zero")
    } else if statistics.isConstant {
      flags.append("all equal")
    }
    suspicious = flags
  }

  static let columns: [(title: String, alignment: Table.Alignment)] = [
    ("MIN", .right), ("MAX", .right), ("MEAN", .right), ("STD", .right), ("NAN", .right), ("INF", .right),
    ("NOTE", .left),
  ]

  var cells: [String] {
    [min, max, mean, std].map { $0.map(Format.short) ?? "-" } + ["\(nan)", "\(inf)"]
      + [suspicious.joined(separator: ", ")]
  }

  /// A line for each kind of suspicious tensor, naming the first few.
  static func printSummary(_ tensors: [(name: String, statistics: StatisticsReport)]) {
    var isClean = true
    for flag in ["NaN", "infinite", "all zero", "all equal"] {
      let names = tensors.filter { $0.statistics.suspicious.contains(flag) }.map(\.name)
      guard !names.isEmpty else { continue }
      isClean = false
      let shown = names.prefix(8).joined(separator: ", ")
      Console.line(
        "suspicious     \(flag): \(names.count) \(names.count == 1 ? "tensor" : "tensors"): \(shown)"
          + (names.count > 8 ? ", …" : ""))
    }
    if isClean {
      Console.line("suspicious     none: no NaN, nothing infinite, no tensor all zero or all equal")
    }
  }
}
