/// Repositories of Facebook's that build timm's vision transformer and have names of their own beside or inside it.
extension Convention {
  /// Layer scales are parameters of the block.
  package static let deit3 = Convention(
    name: "deit3", title: "Facebook's DeiT III",
    rows: timmCommon(classToken: .always, scales: ["gamma_1", "gamma_2"]) + timmMLP
      + Row.module("classifier", "head", if: .classifier),
    ignored: ["head.weight", "head.bias"], markers: ["blocks.{i}.gamma_1"], epsilon: 1e-6,
    family: ViTDefaults(
      positionResize: { _ in .bicubic },
      preprocessing: { c in
        Preprocessing(
          resize: .shortestEdge(c.imageSize.min() ?? 224), crop: c.imageSize, interpolation: .bicubic,
          mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)
      }))

  /// Files of pre-training, with the decoder that is thrown away after it.
  package static let mae = Convention(
    name: "mae", title: "Facebook's MAE", rows: timmCommon(classToken: .always) + timmMLP,
    ignored: ["mask_token", "decoder_*"], markers: ["decoder_embed.weight", "decoder_pos_embed"],
    epsilon: 1e-6,
    family: ViTDefaults(
      positionResize: { _ in .bicubic },
      preprocessing: { c in
        let edge = c.imageSize.min() ?? 224
        return Preprocessing(
          resize: .shortestEdge((edge * 8 + 3) / 7), crop: c.imageSize, interpolation: .bicubic,
          mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)
      }))

  /// Heads that DINO, iBOT and MoCo v3 train in the classifier's place.
  static let projectionHeads =
    ["head.mlp.*", "head.last_layer*"] + (0...9).map { "head.\($0).*" }
}
