/// mmsegmentation's `MixVisionTransformer` and `SegformerHead`, the same names in 0.x and 1.x. Attention is PyTorch's own module
/// with one matrix for queries, keys and values; the Mix-FFN is made of convolutions.
extension Convention {
  package static let mmsegSegFormer = Convention(
    name: "mmseg-segformer", title: "mmsegmentation SegFormer",
    rows: encoder + decodeHead.map(\.beside),
    ignored: [
      "decode_head.convs.*.bn.num_batches_tracked", "decode_head.fusion_conv.bn.num_batches_tracked",
      "auxiliary_head.*",
    ], markers: [], epsilon: 1e-6,
    family: SegFormerDefaults(epsilons: .init(all: 1e-6), head: .convolutional), orientation: .apply)

  private static let encoder: [Row] = {
    let (stage, block, foreign) = ("stages.{s}.", "stages.{s}.blocks.{i}.", "layers.{s}.1.{i}.")
    func same(_ name: String) -> [Row] { Row.module(block + name, foreign + name) }
    var rows = Row.module(stage + "patch_embed", "layers.{s}.0.projection")
    rows += Row.module(stage + "patch_norm", "layers.{s}.0.norm")
    rows += same("norm1")
    for part in ["weight", "bias"] {
      let joint = foreign + "attn.attn.in_proj_" + part
      rows.append(Row(block + "attn.q." + part, joint, by: .rows(0..<1, of: 3)))
      rows.append(Row(block + "attn.kv." + part, joint, by: .rows(1..<3, of: 3)))
    }
    rows += Row.module(block + "attn.reduction", foreign + "attn.sr", if: .reduction)
    rows += Row.module(block + "attn.reduction_norm", foreign + "attn.norm", if: .reduction)
    rows += Row.module(block + "attn.proj", foreign + "attn.attn.out_proj")
    rows += same("norm2")
    rows += convolution(block + "mlp.fc1", foreign + "ffn.layers.0")
    rows += Row.module(block + "mlp.dwconv", foreign + "ffn.layers.1")
    rows += convolution(block + "mlp.fc2", foreign + "ffn.layers.4")
    rows += Row.module(stage + "norm", "layers.{s}.2")
    return rows
  }()

  private static let decodeHead: [Row] = {
    let (level, fuse) = ("decode_head.convs.{s}", "decode_head.fusion_conv")
    return normalised("decode_head.levels.{s}", "decode_head.levels.{s}.batch_norm", level)
      + normalised("decode_head.fuse", "decode_head.batch_norm", fuse)
      + convolution("decode_head.classifier", "decode_head.conv_seg", if: .decodeHead)
  }()

  /// A 1×1 convolution without bias and its batch norm, or both in one.
  private static func normalised(_ convolution: String, _ norm: String, _ foreign: String) -> [Row] {
    [
      Row(convolution + ".weight", foreign + ".conv.weight", by: .pointwise, if: .decodeHead),
      Row(convolution + ".bias", foreign + ".conv.bias", if: .foldedBatchNorm),
    ] + Row.batchNorm(norm, foreign + ".bn")
  }

  /// A 1×1 convolution and its bias.
  static func convolution(
    _ canonical: String, _ foreign: String, if presence: Presence = .always
  ) -> [Row] {
    [
      Row(canonical + ".weight", foreign + ".weight", by: .pointwise, if: presence),
      Row(canonical + ".bias", foreign + ".bias", if: presence),
    ]
  }
}
