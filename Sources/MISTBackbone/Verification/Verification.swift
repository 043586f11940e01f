import MISTFormats
import MISTModels

/// A model's activations against another implementation's.
public struct Verification: Sendable {
  /// Largest error, relative to a tensor's largest magnitude, by the type that the model stores its weights in.
  public enum Tolerance {
    public static let f32 = 1e-4
    public static let f16 = 5e-3
    public static let bf16 = 4e-2

    /// That of the coarsest element type of `tensors`.
    public static func of(_ tensors: [TensorInfo]) -> Double {
      let types = Set(tensors.map(\.dtype))
      return types.contains(.bf16) ? bf16 : types.contains(.f16) ? f16 : f32
    }
  }

  public let tolerance: Double
  /// In the order of the forward pass.
  public let comparisons: [TensorComparison]
  /// Names in the golden file that mean nothing here.
  public let skipped: [String]

  public var passed: Bool { comparisons.allSatisfy(\.passed) }
  public var firstDivergent: TensorComparison? { comparisons.first { !$0.passed } }

  /// Runs `checkpoint` on every image of `golden`, at the golden's image size.
  /// Throws the golden's errors, the backbone's and the checkpoint's; a difference is a result, not an error.
  public init(
    checkpoint: CanonicalCheckpoint, golden: GoldenFile, tolerance: Double? = nil,
    backend: ProductBackend = .automatic
  ) throws {
    let limit = tolerance ?? Tolerance.of(checkpoint.archive.tensors)
    let size = (golden.height, golden.width)
    switch checkpoint.configuration {
    case .vit(let c):
      let tensors = try GoldenTensors<ViTOutput>(golden, c)
      try tensors.check(golden, c)
      let wanted = ViTOutputs(tensors.expected.map(\.output))
      let backbone = try ViTBackbone(
        checkpoint: checkpoint, imageSize: size,
        depth: wanted.includesFinal ? nil : wanted.lastBlock(of: c.depth), backend: backend)
      try self.init(backbone, golden, tensors, tolerance: limit)
    case .segformer(let c):
      let tensors = try GoldenTensors<SegFormerOutput>(golden, c)
      try tensors.check(golden, c)
      let wanted = SegFormerOutputs(tensors.expected.map(\.output))
      let backbone = try SegFormerBackbone(
        checkpoint: checkpoint, imageSize: size, depth: wanted.lastBlock(of: c), backend: backend)
      try self.init(backbone, golden, tensors, tolerance: limit)
    }
  }

  init<B: Backbone>(
    _ backbone: B, _ golden: GoldenFile, _ tensors: GoldenTensors<B.Worker.Output>, tolerance: Double
  ) throws {
    let worker = try backbone.makeWorker()
    let expected = try Dictionary(
      uniqueKeysWithValues: tensors.expected.map { ($0.output, try golden.floats($0.name)) })
    let wanted = tensors.expected.map(\.output)
    let pixels = try golden.floats("input")
    let perImage = pixels.count / golden.batch
    var differences: [B.Worker.Output: Difference] = [:]
    for image in 0..<golden.batch {
      try pixels.withUnsafeBufferPointer { all in
        let one = UnsafeBufferPointer(rebasing: all[image * perImage..<(image + 1) * perImage])
        try worker.forward(one, wanted) { output, found in
          guard let values = expected[output] else { return }
          let start = image * found.count
          differences[output, default: Difference()].add(found, values[start..<start + found.count])
        }
      }
    }
    self.tolerance = tolerance
    skipped = tensors.skipped
    comparisons = tensors.expected.map { name, output in
      TensorComparison(
        name: name, place: output.place, differences[output] ?? .unknown, tolerance: tolerance)
    }
  }
}

extension GoldenTensors<ViTOutput> {
  func check(_ golden: GoldenFile, _ c: ViTConfiguration) throws {
    let shape = [c.tokens(height: golden.height, width: golden.width), c.width]
    let classifier = c.classifier == nil ? "no" : "a"
    try check(golden, absent: "the model has blocks 1 to \(c.depth) and \(classifier) classifier") { output in
      switch output {
      case .block(let i) where i > c.depth, .gather(let i) where i > c.depth: nil
      case .logits: c.classifier.map { [$0.classes] }
      default: shape
      }
    }
  }
}

extension GoldenTensors<SegFormerOutput> {
  func check(_ golden: GoldenFile, _ c: SegFormerConfiguration) throws {
    let sizes = c.mapSizes(height: golden.height, width: golden.width)
    func shape(_ level: Int) -> [Int]? {
      guard (1...sizes.count).contains(level) else { return nil }
      return [sizes[level - 1].height, sizes[level - 1].width, c.stages[level - 1].width]
    }
    let head = c.decodeHead != nil ? "a decode head" : c.classifier != nil ? "a classifier" : "no decode head"
    try check(
      golden,
      absent: "the model has blocks 1 to \(c.depth), stages 1 to \(sizes.count) and \(head)"
    ) { output in
      switch output {
      case .block(let k): k > c.depth ? nil : shape(c.stage(of: k))
      case .stage(let s): shape(s)
      case .gather(let k, let level): k > c.depth ? nil : shape(level)
      case .logits:
        c.decodeHead.map { [sizes[0].height, sizes[0].width, $0.classes] }
          ?? c.classifier.map { [$0.classes] }
      }
    }
  }
}
