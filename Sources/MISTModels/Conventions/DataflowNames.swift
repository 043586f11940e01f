/// The canonical names themselves, as tables: what an ONNX graph without names becomes once each weight has been found by
/// its place in the dataflow. No file has them, so they are not among the conventions that files are recognised by.
extension Convention {
  /// `nearest`: the convention that the few kept names fit best, whose usual pixels and resizing then count.
  static func dataflowViT(nearest: Convention?) -> Convention {
    var defaults = timmDefaults
    if case .vit(let own)? = nearest?.family { defaults = own }
    return Convention(
      name: "onnx-dataflow", title: "vision transformer, by its ONNX graph's dataflow", rows: vitRows,
      ignored: [],
      markers: [], epsilon: 1e-6,
      family: .vit(
        ViTDefaults(
          alwaysClassToken: false, positionResize: defaults.positionResize,
          preprocessing: defaults.preprocessing)))
  }

  static let dataflowSegFormer = Convention(
    name: "onnx-dataflow", title: "SegFormer, by its ONNX graph's dataflow", rows: segFormerRows, ignored: [],
    markers: [], epsilon: 1e-5, family: .segformer(.init(epsilons: .init(all: 1e-5))))

  private static let vitRows: [Row] = {
    var rows: [Row] = [
      Row("patch_embed.weight", "patch_embed.weight"),
      Row("patch_embed.bias", "patch_embed.bias", if: .noPreNorm),
      Row("patch_embed.bias", by: .zeros, if: .preNorm),
      Row("cls_token", "cls_token", if: .classToken),
      Row("register_tokens", "register_tokens", if: .registers),
      Row("pos_embed", "pos_embed"),
      Row("blocks.{i}.attn.qkv.weight", "blocks.{i}.attn.qkv.weight"),
      Row("blocks.{i}.attn.qkv.bias", "blocks.{i}.attn.qkv.bias", if: .qkvBias),
      Row("blocks.{i}.ls1", "blocks.{i}.ls1", if: .layerScale),
      Row("blocks.{i}.ls2", "blocks.{i}.ls2", if: .layerScale),
    ]
    rows += same("pre_norm", if: .preNorm) + same("final_norm")
    for part in ["norm1", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"] { rows += same("blocks.{i}." + part) }
    rows += same("classifier", if: .classifier)
    return rows
  }()

  private static let segFormerRows: [Row] = {
    var rows: [Row] = []
    for part in ["patch_embed", "patch_norm", "norm"] { rows += same("stages.{s}." + part) }
    for part in ["norm1", "attn.q", "attn.kv", "attn.proj", "norm2", "mlp.fc1", "mlp.dwconv", "mlp.fc2"] {
      rows += same("stages.{s}.blocks.{i}." + part)
    }
    for part in ["attn.reduction", "attn.reduction_norm"] {
      rows += same("stages.{s}.blocks.{i}." + part, if: .reduction)
    }
    rows += same("decode_head.linear.{s}", if: .decodeHead)
    for part in ["fuse", "classifier"] {
      let name = "decode_head.\(part).weight"
      rows.append(Row(name, name, by: .pointwise, if: .decodeHead))
    }
    rows.append(Row("decode_head.classifier.bias", "decode_head.classifier.bias", if: .decodeHead))
    rows.append(Row("decode_head.fuse.bias", "decode_head.fuse.bias", if: .foldedBatchNorm))
    for part in ["weight", "bias", "mean", "variance"] {
      rows.append(Row("decode_head.batch_norm." + part, "decode_head.batch_norm." + part, if: .batchNorm))
    }
    rows += same("classifier", if: .classifier)
    return rows
  }()

  private static func same(_ module: String, if presence: Presence = .always) -> [Row] {
    Row.module(module, module, if: presence)
  }

  private static var timmDefaults: ViTDefaults {
    if case .vit(let defaults) = timm.family { return defaults }
    return dinov2Defaults
  }
}
