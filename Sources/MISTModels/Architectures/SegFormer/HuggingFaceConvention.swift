/// Hugging Face transformers' SegFormer: the names that released files have and `save_pretrained` writes, and those that
/// transformers 5 gives the same modules in memory.
extension Convention {
  package static let huggingFaceSegFormer = segformer(
    "huggingface-segformer", "Hugging Face SegFormer",
    SegFormerNames(
      patch: "encoder.patch_embeddings.{s}", block: "encoder.block.{s}.{i}", norm: "encoder.layer_norm.{s}",
      norm1: "layer_norm_1", norm2: "layer_norm_2", query: "attention.self.query",
      keyValue: ["attention.self.key", "attention.self.value"], reduction: "attention.self.sr",
      reductionNorm: "attention.self.layer_norm", output: "attention.output.dense", fc1: "mlp.dense1",
      fc2: "mlp.dense2", linear: "decode_head.linear_c.{s}.proj"))

  package static let huggingFaceSegFormerModules = segformer(
    "huggingface-segformer-5", "Hugging Face SegFormer (transformers 5 modules)",
    SegFormerNames(
      patch: "stages.{s}.patch_embeddings", block: "stages.{s}.blocks.{i}", norm: "stages.{s}.layer_norm",
      norm1: "layernorm_before", norm2: "layernorm_after", query: "attention.q_proj",
      keyValue: ["attention.k_proj", "attention.v_proj"],
      reduction: "attention.sequence_reduction.sequence_reduction",
      reductionNorm: "attention.sequence_reduction.layer_norm", output: "attention.o_proj", fc1: "mlp.fc1",
      fc2: "mlp.fc2", linear: "decode_head.linear_projections.{s}.proj"))

  /// What the two have different names for. Members from `norm1` to `fc2` are below `block`.
  private struct SegFormerNames {
    let patch, block, norm: String
    let norm1, norm2, query: String
    let keyValue: [String]
    let reduction, reductionNorm, output, fc1, fc2: String
    let linear: String
  }

  private static func segformer(_ name: String, _ title: String, _ names: SegFormerNames) -> Convention {
    let (stage, block) = ("stages.{s}.", "stages.{s}.blocks.{i}.")
    func inBlock(_ canonical: String, _ foreign: String..., if presence: Presence = .always) -> [Row] {
      Row.module(block + canonical, foreign.map { "\(names.block).\($0)" }, if: presence)
    }
    return Convention(
      name: name, title: title,
      rows: Row.module(stage + "patch_embed", names.patch + ".proj")
        + Row.module(stage + "patch_norm", names.patch + ".layer_norm")
        + inBlock("norm1", names.norm1) + inBlock("attn.q", names.query)
        + Row.module(block + "attn.kv", names.keyValue.map { "\(names.block).\($0)" })
        + inBlock("attn.reduction", names.reduction, if: .reduction)
        + inBlock("attn.reduction_norm", names.reductionNorm, if: .reduction)
        + inBlock("attn.proj", names.output) + inBlock("norm2", names.norm2)
        + inBlock("mlp.fc1", names.fc1) + inBlock("mlp.dwconv", "mlp.dwconv.dwconv")
        + inBlock("mlp.fc2", names.fc2) + Row.module(stage + "norm", names.norm)
        + (decodeHead(linear: names.linear) + Row.module("classifier", "classifier", if: .classifier))
        .map(\.beside),
      ignored: ["classifier.weight", "classifier.bias", "decode_head.batch_norm.num_batches_tracked"],
      markers: [], epsilon: 1e-5, family: SegFormerDefaults(epsilons: .init(all: 1e-5)),
      orientation: .apply)
  }

  private static func decodeHead(linear: String) -> [Row] {
    Row.module("decode_head.linear.{s}", [linear], if: .decodeHead) + [
      Row("decode_head.fuse.weight", "decode_head.linear_fuse.weight", by: .pointwise, if: .decodeHead),
      Row("decode_head.fuse.bias", "decode_head.linear_fuse.bias", if: .foldedBatchNorm),
    ] + Row.batchNorm("decode_head.batch_norm", "decode_head.batch_norm") + [
      Row(
        "decode_head.classifier.weight", "decode_head.classifier.weight", by: .pointwise, if: .decodeHead),
      Row("decode_head.classifier.bias", "decode_head.classifier.bias", if: .decodeHead),
    ]
  }
}
