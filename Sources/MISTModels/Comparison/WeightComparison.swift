import MISTFormats

/// Whether two files hold the same weights, possibly under other names, in another layout or in another element type.
package struct WeightComparison: Sendable {
  package enum Verdict: String, Sendable, Encodable {
    /// The same bits.
    case identical
    /// One side is the other rounded to its element type.
    case rounded
    /// Other types, the same values.
    case equal
    /// Not the same, but within the tolerance.
    case close
    case different
    case shape
    case onlyA = "only-a"
    case onlyB = "only-b"

    package var isSame: Bool {
      switch self {
      case .identical, .rounded, .equal, .close: true
      default: false
      }
    }
  }

  package struct Tensor: Sendable {
    package let name: String
    package let a: TensorInfo?
    package let b: TensorInfo?
    /// Names under which each file stores it, or its parts.
    package let storedA: [String]
    package let storedB: [String]
    package let verdict: Verdict
    /// Nil where shapes or presence already differ.
    package let difference: TensorDifference?
  }

  package struct Fact: Sendable, Hashable, Encodable {
    package let key: String
    package let a: String?
    package let b: String?
  }

  /// Whether tensors were compared under canonical names; otherwise under those they are stored under.
  package let isCanonical: Bool
  /// A's in its order, then what only B has.
  package let tensors: [Tensor]
  /// What the files say differently of the model beside its weights.
  package let facts: [Fact]

  /// Compares one tensor after another. Differences up to `tolerance` are let pass.
  /// Throws what reading tensors throws.
  package init(_ a: ComparedModel, _ b: ComparedModel, tolerance: Double = 0) throws {
    var (left, right) = (a.stored, b.stored)
    isCanonical = a.canonical != nil && b.canonical != nil
    if let canonicalA = a.canonical, let canonicalB = b.canonical { (left, right) = (canonicalA, canonicalB) }
    var list: [Tensor] = []
    for info in left.tensors { list.append(try Self.compare(info.name, left, right, tolerance)) }
    let known = Set(left.tensors.map(\.name))
    for info in right.tensors where !known.contains(info.name) {
      list.append(try Self.compare(info.name, left, right, tolerance))
    }
    tensors = list
    facts = Set(a.facts.keys).union(b.facts.keys).sorted().compactMap { key in
      let (x, y) = (a.facts[key], b.facts[key])
      return x == y ? nil : Fact(key: key, a: x, b: y)
    }
  }

  /// Whether every tensor is the same. What else the files say of the model does not count.
  package var isSame: Bool { tensors.allSatisfy(\.verdict.isSame) }

  package var firstDifferent: Tensor? { tensors.first { !$0.verdict.isSame } }

  package func count(_ verdict: Verdict) -> Int { tensors.count { $0.verdict == verdict } }

  private static func compare(
    _ name: String, _ left: any TensorArchive, _ right: any TensorArchive, _ tolerance: Double
  ) throws -> Tensor {
    let (a, b) = (left.info(name), right.info(name))
    func tensor(_ verdict: Verdict, _ difference: TensorDifference? = nil) -> Tensor {
      Tensor(
        name: name, a: a, b: b, storedA: stored(name, a, left), storedB: stored(name, b, right),
        verdict: verdict, difference: difference)
    }
    guard let a else { return tensor(.onlyB) }
    guard let b else { return tensor(.onlyA) }
    guard a.shape == b.shape else { return tensor(.shape) }
    let difference = try left.withBytesOnce(of: name) { x in
      try right.withBytesOnce(of: name) { y in try TensorDifference(x, a.dtype, y, b.dtype) }
    }
    guard difference.count == 0 else {
      return tensor(difference.largest <= tolerance && tolerance > 0 ? .close : .different, difference)
    }
    switch difference.measure {
    case .bits: return tensor(.identical, difference)
    case .rounded: return tensor(.rounded, difference)
    case .values: return tensor(.equal, difference)
    }
  }

  private static func stored(_ name: String, _ info: TensorInfo?, _ archive: any TensorArchive) -> [String] {
    guard info != nil else { return [] }
    return (archive as? PlannedArchive)?.origins(of: name).map(\.name) ?? [name]
  }
}
