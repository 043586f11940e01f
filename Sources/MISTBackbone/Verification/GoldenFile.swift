import MISTFormats

extension ErrorCode {
  public static let goldenMissingInput = ErrorCode("golden.missing-input")
  /// `input` is not `[B, 3, H, W]`.
  public static let goldenInputShape = ErrorCode("golden.input-shape")
  /// An expected tensor is not `[B, T, C]` of this model and this input.
  public static let goldenShapeMismatch = ErrorCode("golden.shape-mismatch")
  /// A tensor of a block or gather depth that the model does not have.
  public static let goldenDepth = ErrorCode("golden.depth")
  /// No tensor that can be compared.
  public static let goldenEmpty = ErrorCode("golden.empty")
}

/// Another implementation's activations: `input` `[B, 3, H, W]` and any of `F<i>`, `gather_k<k>` and `final_norm`, each
/// `[B, T, C]`.
public struct GoldenFile: Sendable {
  public let archive: any TensorArchive
  /// Images B, and their size.
  public let batch: Int
  public let height: Int
  public let width: Int
  /// Tensors to compare, in the order the forward pass reaches them.
  public let expected: [(name: String, output: ViTOutput)]
  /// Names that mean nothing here.
  public let skipped: [String]

  /// Throws `golden.missing-input`, `golden.input-shape`, `golden.empty`, and the archive's own errors.
  public init(path: String) throws {
    archive = try openArchive(path)
    guard let input = archive.info("input") else {
      throw MISTError(
        .goldenMissingInput, file: path, "there is no tensor 'input'",
        advice: "store the pixels the activations were computed from as 'input' [B, 3, H, W]")
    }
    guard input.shape.count == 4, input.shape[1] == 3, input.shape.allSatisfy({ $0 > 0 }) else {
      throw MISTError(
        .goldenInputShape, file: path, at: "tensor 'input'", "expected [B, 3, H, W], found \(input.shape)")
    }
    (batch, height, width) = (input.shape[0], input.shape[2], input.shape[3])
    var expected: [(name: String, output: ViTOutput)] = []
    var skipped: [String] = []
    for tensor in archive.tensors where tensor.name != "input" {
      if let output = Self.output(tensor.name) {
        expected.append((tensor.name, output))
      } else {
        skipped.append(tensor.name)
      }
    }
    guard !expected.isEmpty else {
      throw MISTError(
        .goldenEmpty, file: path, "there is nothing to compare",
        advice: "name the tensors F0, F1, … , gather_k4 or final_norm")
    }
    self.expected = expected.sorted { Self.order($0.output) < Self.order($1.output) }
    self.skipped = skipped
  }

  /// Throws `golden.depth` or `golden.shape-mismatch` when a tensor cannot be of a model with these sizes.
  public func check(depth: Int, tokens: Int, width: Int) throws {
    for (name, output) in expected {
      let place = "tensor '\(name)'"
      switch output {
      case .block(let i) where i > depth, .gather(let i) where i > depth:
        throw MISTError(
          .goldenDepth, file: archive.path, at: place, "the model has blocks 1 to \(depth) only")
      default: break
      }
      let shape = [batch, tokens, width]
      if let info = archive.info(name), info.shape != shape {
        throw MISTError(
          .goldenShapeMismatch, file: archive.path, at: place, "expected shape \(shape), found \(info.shape)")
      }
    }
  }

  /// Tensor `name` as f32.
  func floats(_ name: String) throws -> [Float] {
    guard let info = archive.info(name) else {
      throw MISTError(
        .tensorNotFound, file: archive.path, at: "tensor '\(name)'", "there is none of that name")
    }
    do {
      return try archive.withBytesOnce(of: name) { try FloatConversion.floats($0, dtype: info.dtype) }
    } catch let error as MISTError {
      throw error.inFile(archive.path)
    }
  }

  private static func output(_ name: String) -> ViTOutput? {
    func number(after prefix: String) -> Int? {
      guard name.hasPrefix(prefix) else { return nil }
      let digits = name.dropFirst(prefix.count)
      // One spelling per depth, so that no two names mean the same tensor.
      guard let value = Int(digits), value >= 0, String(value) == digits else { return nil }
      return value
    }
    if name == "final_norm" { return .finalNorm }
    if let i = number(after: "F") { return .block(i) }
    if let k = number(after: "gather_k") { return .gather(k) }
    return nil
  }

  private static func order(_ output: ViTOutput) -> (Int, Int) {
    switch output {
    case .block(let i): (i, 0)
    case .gather(let k): (k, 1)
    case .finalNorm, .finalClassToken: (.max, 0)
    }
  }
}
