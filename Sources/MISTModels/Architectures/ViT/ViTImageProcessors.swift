extension ImageProcessor {
  private static let half: [Float] = [0.5, 0.5, 0.5]
  private static let openAIMean: [Float] = [0.48145466, 0.4578275, 0.40821073]
  private static let openAIStd: [Float] = [0.26862954, 0.26130258, 0.27577711]

  /// Those that plain vision transformers come with, the more special prefixes first.
  static let vit = [
    ImageProcessor(
      prefix: "ViTHybrid", resample: 3, mean: half, std: half, takesShorterEdge: true, crops: true),
    ImageProcessor(prefix: "ViT", resample: 2, mean: half, std: half),
    ImageProcessor(prefix: "DeiT", resample: 3, mean: half, std: half, crops: true),
    ImageProcessor(prefix: "Beit", resample: 3, mean: half, std: half),
    ImageProcessor(prefix: "Siglip", resample: 3, mean: half, std: half),
    ImageProcessor(
      prefix: "CLIP", resample: 3, mean: openAIMean, std: openAIStd, takesShorterEdge: true, crops: true),
    ImageProcessor(
      prefix: "Bit", resample: 3, mean: openAIMean, std: openAIStd, takesShorterEdge: true, crops: true),
  ]
}
