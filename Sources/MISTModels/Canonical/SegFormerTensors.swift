/// Canonical tensor names of a SegFormer, declared once beside their shapes. Linear weights are `[out, in]`, convolutions
/// `[out, in, kernel, kernel]`. Stages and blocks count from 0.
public enum SegFormerTensors {
  /// Every tensor that a checkpoint of `c` holds, in canonical order, with its shape.
  public static func all(_ c: SegFormerConfiguration) -> [(name: String, shape: [Int])] {
    encoder(c) + (c.decodeHead.map { decodeHead($0, c) } ?? [])
      + (c.classifier?.tensors(width: c.stages.last?.width ?? 0) ?? [])
  }

  /// The encoder's tensors: what features depend on.
  public static func encoder(_ c: SegFormerConfiguration) -> [(name: String, shape: [Int])] {
    var list: [(name: String, shape: [Int])] = []
    var channels = 3
    for (s, stage) in c.stages.enumerated() {
      let p = "stages.\(s)."
      list.append((p + "patch_embed.weight", [stage.width, channels, stage.patchSize, stage.patchSize]))
      list.append((p + "patch_embed.bias", [stage.width]))
      list += norm(p + "patch_norm", stage.width)
      for i in 0..<stage.depth { list += block("\(p)blocks.\(i).", stage) }
      list += norm(p + "norm", stage.width)
      channels = stage.width
    }
    return list
  }

  private static func block(_ p: String, _ stage: SegFormerConfiguration.Stage) -> [(
    name: String, shape: [Int]
  )] {
    let (c, f, r) = (stage.width, stage.mlpWidth, stage.reduction)
    var list = norm(p + "norm1", c)
    list += linear(p + "attn.q", c, c)
    // Rows of K, then V.
    list += linear(p + "attn.kv", 2 * c, c)
    if r > 1 {
      list += [(p + "attn.reduction.weight", [c, c, r, r]), (p + "attn.reduction.bias", [c])]
      list += norm(p + "attn.reduction_norm", c)
    }
    list += linear(p + "attn.proj", c, c)
    list += norm(p + "norm2", c)
    list += linear(p + "mlp.fc1", f, c)
    list += [(p + "mlp.dwconv.weight", [f, 1, 3, 3]), (p + "mlp.dwconv.bias", [f])]
    list += linear(p + "mlp.fc2", c, f)
    return list
  }

  private static func decodeHead(
    _ head: SegFormerConfiguration.DecodeHead, _ c: SegFormerConfiguration
  ) -> [(name: String, shape: [Int])] {
    var list: [(name: String, shape: [Int])] = []
    /// The batch norm `name`, or the bias of the convolution that it was folded into.
    func normalised(_ name: String, after convolution: String) -> [(name: String, shape: [Int])] {
      head.batchNorm
        ? ["weight", "bias", "mean", "variance"].map { ("\(name).\($0)", [head.width]) }
        : [(convolution + ".bias", [head.width])]
    }
    for (s, stage) in c.stages.enumerated() {
      switch head.kind {
      case .linear: list += linear("decode_head.linear.\(s)", head.width, stage.width)
      case .convolutional:
        let level = "decode_head.levels.\(s)"
        list.append((level + ".weight", [head.width, stage.width]))
        list += normalised(level + ".batch_norm", after: level)
      }
    }
    // Columns in the order of the concatenation: of the last level first, or of the first.
    list.append(("decode_head.fuse.weight", [head.width, c.stages.count * head.width]))
    list += normalised("decode_head.batch_norm", after: "decode_head.fuse")
    list += linear("decode_head.classifier", head.classes, head.width)
    return list
  }

  private static func linear(_ name: String, _ rows: Int, _ columns: Int) -> [(name: String, shape: [Int])] {
    [(name + ".weight", [rows, columns]), (name + ".bias", [rows])]
  }

  private static func norm(_ name: String, _ width: Int) -> [(name: String, shape: [Int])] {
    [(name + ".weight", [width]), (name + ".bias", [width])]
  }
}
