import MISTEdge
import MISTFormats
import MISTModels
import TestSupport

@testable import MISTBackbone

/// The small model of `Fixtures/segformer/hf-segformer-hub` read by its canonical names through a short table of its own, so
/// that these tests depend on no conversion.
struct SegFormerFixture: Sendable {
  var configuration = SegFormerConfiguration(
    stages: [
      .init(width: 4, depth: 2, heads: 1, reduction: 8, mlpWidth: 16, patchSize: 7, stride: 4),
      .init(width: 8, depth: 2, heads: 2, reduction: 4, mlpWidth: 16, patchSize: 3, stride: 2),
      .init(width: 16, depth: 2, heads: 4, reduction: 2, mlpWidth: 32, patchSize: 3, stride: 2),
      .init(width: 24, depth: 1, heads: 3, reduction: 1, mlpWidth: 48, patchSize: 3, stride: 2),
    ])
  private let archive: SafetensorsArchive

  init() throws {
    archive = try SafetensorsArchive(path: Fixture.path("segformer/hf-segformer-hub/model.safetensors"))
  }

  func backbone(
    _ size: (height: Int, width: Int), depth: Int? = nil, backend: ProductBackend,
    precision: Precision = .f32
  ) throws -> SegFormerBackbone {
    try SegFormerBackbone(
      configuration: configuration, imageSize: MapSize(height: size.height, width: size.width), depth: depth,
      kernels: ProductKernels(backend: backend, precision: precision),
      read: TensorReader { try read($0, shape: $1) })
  }

  static func golden(_ name: String) throws -> GoldenFile {
    try GoldenFile(path: Fixture.path("segformer/hf-segformer-hub/\(name).safetensors"))
  }

  /// The golden's tensors but the logits, which need a checkpoint.
  func tensors(_ golden: GoldenFile) throws -> GoldenTensors {
    let all = try GoldenTensors(golden, SegFormerCatalog(configuration: configuration))
    return GoldenTensors(expected: all.expected.filter { $0.output != .logits }, skipped: all.skipped)
  }

  private static let renames = [
    ("patch_embed.", "proj."), ("patch_norm.", "layer_norm."), ("norm1.", "layer_norm_1."),
    ("norm2.", "layer_norm_2."), ("attn.q.", "attention.self.query."),
    ("attn.reduction.", "attention.self.sr."),
    ("attn.reduction_norm.", "attention.self.layer_norm."), ("attn.proj.", "attention.output.dense."),
    ("mlp.fc1.", "mlp.dense1."), ("mlp.fc2.", "mlp.dense2."), ("mlp.dwconv.", "mlp.dwconv.dwconv."),
  ]

  private func read(_ name: String, shape: [Int]) throws -> [Float] {
    let parts = name.split(separator: ".").map(String.init)
    let rest = parts.dropFirst(parts[2] == "blocks" ? 4 : 2).joined(separator: ".")
    let prefix =
      switch parts[2] {
      case "blocks": "block.\(parts[1]).\(parts[3])."
      case "norm": "layer_norm.\(parts[1])."
      default: "patch_embeddings.\(parts[1])."
      }
    var names = [rest]
    if parts[2] == "norm" {
      names = [parts[3]]
    } else if rest.hasPrefix("attn.kv.") {
      names = ["key", "value"].map { rest.replacingOccurrences("attn.kv.", "attention.self.\($0).") }
    } else if let (canonical, foreign) = Self.renames.first(where: { rest.hasPrefix($0.0) }) {
      names = [foreign + rest.dropFirst(canonical.count)]
    }
    let values = try names.flatMap { name in
      try archive.withBytes(of: "segformer.encoder." + prefix + name) {
        try FloatConversion.floats($0, dtype: .f32)
      }
    }
    guard values.count == shape.reduce(1, *) else { throw MISTError(.tensorNotFound, at: name, "wrong size") }
    return values
  }
}

extension String {
  fileprivate func replacingOccurrences(_ prefix: String, _ replacement: String) -> String {
    replacement + dropFirst(prefix.count)
  }
}
