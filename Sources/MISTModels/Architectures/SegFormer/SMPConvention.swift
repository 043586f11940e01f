/// `segmentation_models_pytorch`'s `Segformer`: NVlabs' encoder below `encoder.`, and beside it a decode head of its own names and the same
/// function, whose levels are counted from the last.
extension Convention {
  package static let smpSegFormer = Convention(
    name: "smp-segformer", title: "segmentation_models_pytorch Segformer",
    rows: nvlabsEncoder + smpDecodeHead.map(\.beside),
    ignored: ["decoder.fuse_stage.1.num_batches_tracked", "classification_head.*"],
    markers: [
      "decoder.fuse_stage.0.weight", "decoder.mlp_stage.{3-s}.linear.weight", "segmentation_head.0.weight",
    ], epsilon: 1e-6,
    family: SegFormerDefaults(epsilons: nvlabsEpsilons, alignsCorners: true))

  private static let smpDecodeHead: [Row] = {
    let fuse = "decoder.fuse_stage"
    var rows = Row.module("decode_head.linear.{s}", "decoder.mlp_stage.{3-s}.linear", if: .decodeHead)
    rows.append(Row("decode_head.fuse.weight", fuse + ".0.weight", by: .pointwise, if: .decodeHead))
    rows.append(Row("decode_head.fuse.bias", fuse + ".0.bias", if: .foldedBatchNorm))
    rows += Row.batchNorm("decode_head.batch_norm", fuse + ".1")
    rows += convolution("decode_head.classifier", "segmentation_head.0", if: .decodeHead)
    return rows
  }()
}
