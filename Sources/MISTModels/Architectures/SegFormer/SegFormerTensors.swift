extension SegFormerConfiguration {
  /// Canonical tensors. Linear weights are `[out, in]`, convolutions `[out, in, kernel, kernel]`.
  package static let keys = encoderKeys + decodeHeadKeys + TensorKey.classifier { $0.stages.last?.width ?? 0 }

  private static let encoderKeys: [TensorKey<SegFormerConfiguration>] = {
    let (s, b) = ("stages.{s}.", "stages.{s}.blocks.{i}.")
    var keys = [
      stage(s + "patch_embed.weight") { stage, c, s in
        [stage.width, s == 0 ? 3 : c.stages[s - 1].width, stage.patchSize, stage.patchSize]
      }
    ]
    keys += [stage(s + "patch_embed.bias") { stage, _, _ in [stage.width] }]
    keys += norm(s + "patch_norm") + norm(b + "norm1")
    keys += linear(b + "attn.q") { ($0.width, $0.width) }
    // Rows of K, then V.
    keys += linear(b + "attn.kv") { (2 * $0.width, $0.width) }
    keys += [
      stage(b + "attn.reduction.weight", if: .reduction) { stage, _, _ in
        [stage.width, stage.width, stage.reduction, stage.reduction]
      },
      stage(b + "attn.reduction.bias", if: .reduction) { stage, _, _ in [stage.width] },
    ]
    keys += norm(b + "attn.reduction_norm", if: .reduction)
    keys += linear(b + "attn.proj") { ($0.width, $0.width) }
    keys += norm(b + "norm2")
    keys += linear(b + "mlp.fc1") { ($0.mlpWidth, $0.width) }
    keys += [
      stage(b + "mlp.dwconv.weight") { stage, _, _ in [stage.mlpWidth, 1, 3, 3] },
      stage(b + "mlp.dwconv.bias") { stage, _, _ in [stage.mlpWidth] },
    ]
    keys += linear(b + "mlp.fc2") { ($0.width, $0.mlpWidth) }
    return keys + norm(s + "norm")
  }()

  private static let decodeHeadKeys: [TensorKey<SegFormerConfiguration>] = {
    typealias Key = TensorKey<SegFormerConfiguration>
    /// The batch norm `name`, or the bias of the convolution that it was folded into.
    func normalised(_ name: String, after convolution: String, of kind: DecodeHead.Kind?) -> [Key] {
      let width: @Sendable (SegFormerConfiguration, NameIndex) -> [Int]? = { c, _ in
        c.decodeHead.flatMap { kind == nil || $0.kind == kind ? [$0.width] : nil }
      }
      return ["weight", "bias", "mean", "variance"].map { Key("\(name).\($0)", if: .batchNorm, width) }
        + [Key(convolution + ".bias", if: .foldedBatchNorm, width)]
    }
    var keys = Key.linear("decode_head.linear.{s}", if: .decodeHead) { c, index in
      c.decodeHead.flatMap { $0.kind == .linear ? ($0.width, c.stages[index.stage ?? 0].width) : nil }
    }
    let level = "decode_head.levels.{s}"
    keys.append(
      Key(level + ".weight", if: .decodeHead) { c, index in
        c.decodeHead.flatMap {
          $0.kind == .convolutional ? [$0.width, c.stages[index.stage ?? 0].width] : nil
        }
      })
    keys += normalised(level + ".batch_norm", after: level, of: .convolutional)
    // Columns in the order of the concatenation: of the last level first, or of the first.
    keys.append(
      Key("decode_head.fuse.weight", if: .decodeHead) { c, _ in
        c.decodeHead.map { [$0.width, c.stages.count * $0.width] }
      })
    keys += normalised("decode_head.batch_norm", after: "decode_head.fuse", of: nil)
    return keys
      + Key.linear("decode_head.classifier", if: .decodeHead) { c, _ in
        c.decodeHead.map { ($0.classes, $0.width) }
      }
  }()

  private static func stage(
    _ name: String, if presence: Presence = .always,
    _ shape: @escaping @Sendable (Stage, SegFormerConfiguration, Int) -> [Int]
  ) -> TensorKey<SegFormerConfiguration> {
    TensorKey(name, if: presence) { c, index in
      index.stage.map { shape(c.stages[$0], c, $0) }
    }
  }

  private static func linear(
    _ name: String, _ sizes: @escaping @Sendable (Stage) -> (out: Int, in: Int)
  ) -> [TensorKey<SegFormerConfiguration>] {
    TensorKey.linear(name) { c, index in index.stage.map { sizes(c.stages[$0]) } }
  }

  private static func norm(
    _ name: String, if presence: Presence = .always
  ) -> [TensorKey<SegFormerConfiguration>] {
    TensorKey.norm(name, if: presence) { c, index in c.stages[index.stage ?? 0].width }
  }
}
