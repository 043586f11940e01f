/// NVlabs' own SegFormer repository. Stages count from 1. Files of the backbone alone, trained on ImageNet, have no prefix and
/// a classifier; those of segmentation have `backbone.`, and beside it a decode head.
extension Convention {
  package static let nvlabsSegFormer = Convention(
    name: "nvlabs-segformer", title: "NVlabs SegFormer",
    rows: nvlabsEncoder + Row.module("classifier", "head", if: .classifier) + decodeHead.map(\.beside),
    ignored: [
      "head.weight", "head.bias",
      // Of the class that the decode head extends; nothing reads it.
      "decode_head.conv_seg.weight", "decode_head.conv_seg.bias",
      "decode_head.linear_fuse.bn.num_batches_tracked", "auxiliary_head.*",
    ], markers: [], epsilon: 1e-6, family: SegFormerDefaults(epsilons: nvlabsEpsilons),
    orientation: .apply)

  /// The norms after patch embeddings and reductions are PyTorch's, all others get 1e-6.
  static let nvlabsEpsilons: SegFormerConfiguration.Epsilons = {
    var epsilons = SegFormerConfiguration.Epsilons(all: 1e-6)
    epsilons.patch = 1e-5
    epsilons.reduction = 1e-5
    return epsilons
  }()

  static let nvlabsEncoder: [Row] = {
    let (stage, block, foreign) = ("stages.{s}.", "stages.{s}.blocks.{i}.", "block{s+1}.{i}.")
    var rows = Row.module(stage + "patch_embed", "patch_embed{s+1}.proj")
    rows += Row.module(stage + "patch_norm", "patch_embed{s+1}.norm")
    for name in ["norm1", "attn.q", "attn.kv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"] {
      rows += Row.module(block + name, foreign + name)
    }
    rows += Row.module(block + "attn.reduction", foreign + "attn.sr", if: .reduction)
    rows += Row.module(block + "attn.reduction_norm", foreign + "attn.norm", if: .reduction)
    rows += Row.module(block + "mlp.dwconv", foreign + "mlp.dwconv.dwconv")
    rows += Row.module(stage + "norm", "norm{s+1}")
    return rows
  }()

  private static let decodeHead: [Row] = {
    let (fuse, norm) = ("decode_head.linear_fuse.conv", "decode_head.linear_fuse.bn")
    var rows = Row.module("decode_head.linear.{s}", "decode_head.linear_c{s+1}.proj", if: .decodeHead)
    rows.append(Row("decode_head.fuse.weight", fuse + ".weight", by: .pointwise, if: .decodeHead))
    rows.append(Row("decode_head.fuse.bias", fuse + ".bias", if: .foldedBatchNorm))
    rows += Row.batchNorm("decode_head.batch_norm", norm)
    rows += convolution("decode_head.classifier", "decode_head.linear_pred", if: .decodeHead)
    return rows
  }()
}
