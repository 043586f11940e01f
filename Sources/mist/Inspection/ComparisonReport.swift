import MISTFormats
import MISTModels

/// A comparison of weights, for machines and for people.
struct ComparisonReport: Encodable {
  struct Side: Encodable {
    let file: String
    let format: String
    let convention: String?
    let tensors: Int

    init(_ model: ComparedModel) {
      file = model.stored.path
      format = model.stored.format
      convention = model.convention
      tensors = model.stored.tensors.count
    }

    var text: String { "\(file): \(format), \(convention ?? "no recognised model"), \(tensors) tensors" }
  }

  struct Stored: Encodable {
    let dtype: String
    let shape: [Int]
    /// Names under which the file stores it, or its parts; empty for zeros that it leaves out.
    let names: [String]

    init?(_ info: TensorInfo?, _ names: [String]) {
      guard let info else { return nil }
      dtype = info.dtype.rawValue
      shape = info.shape
      self.names = names
    }

    var text: String {
      names.isEmpty ? "zeros that are not stored" : names.map { "'\($0)'" }.joined(separator: " + ")
    }
  }

  struct Tensor: Encodable {
    let name: String
    let verdict: WeightComparison.Verdict
    let a: Stored?
    let b: Stored?
    let differing: Int?
    let maxAbsDifference: Double?
    let first: Pair?

    struct Pair: Encodable {
      let index: [Int]
      let a: Double
      let b: Double
    }

    init(_ tensor: WeightComparison.Tensor) {
      name = tensor.name
      verdict = tensor.verdict
      a = Stored(tensor.a, tensor.storedA)
      b = Stored(tensor.b, tensor.storedB)
      differing = tensor.difference?.count
      maxAbsDifference = tensor.difference?.largest
      first = tensor.difference?.first.map {
        Pair(index: Self.place($0.index, in: tensor.a?.shape ?? []), a: $0.a, b: $0.b)
      }
    }

    private static func place(_ index: Int, in shape: [Int]) -> [Int] {
      var (rest, place) = (index, [Int]())
      for size in shape.reversed() where size > 0 {
        place.append(rest % size)
        rest /= size
      }
      return place.reversed()
    }
  }

  let a: Side
  let b: Side
  /// `canonical` or `stored`.
  let names: String
  let same: Bool
  let maxAbsDifference: Double
  let firstDifference: Tensor?
  let tensors: [Tensor]
  let configuration: [WeightComparison.Fact]

  private static let rows = 20

  init(_ a: ComparedModel, _ b: ComparedModel, _ comparison: WeightComparison) {
    self.a = Side(a)
    self.b = Side(b)
    names = comparison.isCanonical ? "canonical" : "stored"
    same = comparison.isSame
    tensors = comparison.tensors.map(Tensor.init)
    maxAbsDifference = tensors.compactMap(\.maxAbsDifference).max() ?? 0
    firstDifference = comparison.firstDifferent.map(Tensor.init)
    configuration = comparison.facts
  }

  func print() {
    Console.line("A  \(a.text)")
    Console.line("B  \(b.text)")
    Console.line(
      "\(tensors.count) tensors compared under \(names == "canonical" ? "canonical" : "their own") names")
    let different = tensors.filter { !$0.verdict.isSame }
    if !different.isEmpty {
      var table = Table([
        ("TENSOR", .left), ("A", .left), ("B", .left), ("VERDICT", .left), ("DIFFERING", .right),
        ("MAX ABS DIFFERENCE", .right),
      ])
      for tensor in different.prefix(Self.rows) {
        table.add([
          tensor.name, Self.describe(tensor.a), Self.describe(tensor.b), tensor.verdict.text,
          tensor.differing.map(String.init) ?? "-", tensor.maxAbsDifference.map(Format.scientific) ?? "-",
        ])
      }
      table.print()
      if different.count > Self.rows {
        Console.line("and \(different.count - Self.rows) more that differ (--json lists them)")
      }
    }
    if let firstDifference { printFirst(firstDifference) }
    for fact in configuration {
      Console.line("configuration  \(fact.key): \(fact.a ?? "nothing") in A, \(fact.b ?? "nothing") in B")
    }
    let counts = WeightComparison.Verdict.all.compactMap { verdict -> String? in
      let count = tensors.count { $0.verdict == verdict }
      return count > 0 ? "\(count) \(verdict.text)" : nil
    }
    Console.line(
      (same ? "the same weights: " : "different weights: ") + counts.joined(separator: ", ")
        + ", largest difference \(Format.scientific(maxAbsDifference))")
  }

  private func printFirst(_ tensor: Tensor) {
    let stored = "\(tensor.a?.text ?? "nothing") in A, \(tensor.b?.text ?? "nothing") in B"
    guard let first = tensor.first else {
      return Console.line("first difference: \(tensor.name) (\(tensor.verdict.text)): \(stored)")
    }
    Console.line(
      "first difference: \(tensor.name) \(Format.shape(first.index)): \(first.a) in A, \(first.b) in B; it is \(stored)"
    )
  }

  private static func describe(_ stored: Stored?) -> String {
    stored.map { "\($0.dtype) \(Format.shape($0.shape))" } ?? "-"
  }
}

extension WeightComparison.Verdict {
  static let all: [WeightComparison.Verdict] = [
    .identical, .rounded, .equal, .close, .different, .shape, .onlyA, .onlyB,
  ]

  var text: String {
    switch self {
    case .identical: "identical"
    case .rounded: "the same rounded"
    case .equal: "equal in value"
    case .close: "within the tolerance"
    case .different: "different"
    case .shape: "of another shape"
    case .onlyA: "only in A"
    case .onlyB: "only in B"
    }
  }
}
