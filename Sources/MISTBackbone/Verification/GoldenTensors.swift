import MISTFormats

/// What a golden file expects of a model.
struct GoldenTensors {
  /// Tensors to compare, in the order the forward pass reaches them.
  let expected: [(name: String, output: BackboneOutput)]
  /// Names that mean nothing here.
  let skipped: [String]

  init(expected: [(name: String, output: BackboneOutput)], skipped: [String]) {
    (self.expected, self.skipped) = (expected, skipped)
  }

  /// Throws `golden.empty`.
  init(_ golden: GoldenFile, _ catalog: any OutputCatalog) throws {
    var expected: [(name: String, output: BackboneOutput)] = []
    var skipped: [String] = []
    for tensor in golden.archive.tensors where tensor.name != "input" {
      if let output = BackboneOutput(golden: tensor.name) {
        expected.append((tensor.name, output))
      } else {
        skipped.append(tensor.name)
      }
    }
    guard !expected.isEmpty else {
      throw MISTError(
        .goldenEmpty, file: golden.archive.path, "there is nothing to compare",
        advice: "name the tensors \(catalog.goldenExamples)")
    }
    self.expected = expected.sorted {
      catalog.order(of: $0.output).lexicographicallyPrecedes(catalog.order(of: $1.output))
    }
    self.skipped = skipped
  }

  /// The names of the maps that are stored as `[B, C, H, W]`. A shape that both layouts have is of the one that the file's other maps have.
  /// Throws `golden.depth` or `golden.shape-mismatch` when a tensor cannot be of a model with the outputs `catalog`, and
  /// `golden.ambiguous-layout` where nothing says which layout a map has.
  @discardableResult
  func check(_ golden: GoldenFile, _ catalog: any OutputCatalog) throws -> Set<String> {
    var first: Set<String> = []
    var last: Set<String> = []
    for (name, output) in expected {
      let place = "tensor '\(name)'"
      guard let one = catalog.shape(of: output, image: golden.imageSize) else {
        throw MISTError(
          .goldenDepth, file: golden.archive.path, at: place, "the model has \(catalog.contents)")
      }
      let layouts = Self.layouts(one).map { [golden.batch] + $0 }
      guard let info = golden.archive.info(name) else { continue }
      guard layouts.contains(info.shape) else {
        throw MISTError(
          .goldenShapeMismatch, file: golden.archive.path, at: place,
          "expected shape \(layouts.map { "\($0)" }.joined(separator: " or ")), found \(info.shape)")
      }
      guard layouts.count == 2 else { continue }
      if info.shape == layouts[0] { last.insert(name) }
      if info.shape == layouts[1] { first.insert(name) }
    }
    let either = first.intersection(last)
    guard !either.isEmpty else { return first }
    let (isFirst, isLast) = (!first.subtracting(either).isEmpty, !last.subtracting(either).isEmpty)
    guard isFirst != isLast else {
      throw MISTError(
        .goldenAmbiguousLayout, file: golden.archive.path, at: "tensor '\(either.min() ?? "")'",
        "its shape may be [B, H, W, C] as well as [B, C, H, W]",
        advice: "add a map whose sides and channels differ, in the same layout")
    }
    return isFirst ? first : first.subtracting(either)
  }

  /// The shapes that one image's output of shape `one` may be stored in: `[H, W, C]` also as `[C, H, W]`.
  private static func layouts(_ one: [Int]) -> [[Int]] {
    one.count == 3 ? [one, [one[2], one[0], one[1]]] : [one]
  }
}
