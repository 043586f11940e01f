import MISTFormats

extension OtherModel {
  /// What `error`, about names or shapes, is by the kind of model that `source` is; `error` where that is not known.
  static func explain(_ error: MISTError, _ source: ModelSource) -> MISTError {
    guard explained.contains(error.code) else { return error }
    let (tensors, file) = (source.archive.tensors, source.archive.path)
    for model in all {
      for tensor in tensors where model.marks.contains(where: { NamePattern.matches(tensor.name, glob: $0) })
      {
        return MISTError(
          .convertUnsupportedModel, file: file, at: "tensor \(quoted(tensor.name))",
          "it belongs to \(model.title)" + (model.reason.isEmpty ? "" : ", \(model.reason)"),
          advice: model.advice)
      }
    }
    if let config = source.config, let name = unknownModel(config, error.code) {
      return MISTError(
        .convertUnsupportedModel, file: config.file,
        "it describes \(name), which is none of the models that are supported")
    }
    if error.code == .convertMissingTensor, let norm = rootMeanSquare(tensors) {
      return MISTError(
        .convertUnsupportedModel, file: file, at: "tensor \(quoted(norm))",
        "it belongs to a vision transformer whose norms have no bias, such as RMS norms, and they are not supported"
      )
    }
    return error
  }

  /// What a configuration calls a model of another kind; of timm's, any whose tensors have names that are not known.
  private static func unknownModel(_ config: ForeignJSON, _ code: ErrorCode) -> String? {
    if let type = config.string("model_type") {
      return Architecture.modelTypes.contains(type) ? nil : "a model of type \(quoted(type))"
    }
    let name = config.timmArchitecture
    return code == .convertUnknownConvention && !name.isEmpty ? "timm's \(quoted(name))" : nil
  }

  /// The weight of a block's norm, where no such norm has a bias.
  private static func rootMeanSquare(_ tensors: [TensorInfo]) -> String? {
    let names = tensors.map(\.name)
    guard !names.contains(where: { $0.hasSuffix("norm1.bias") || $0.hasSuffix("norm2.bias") }) else {
      return nil
    }
    return names.first { $0.hasSuffix("norm1.weight") }
  }

  /// Errors that a model of another kind may meet with.
  private static let explained: Set<ErrorCode> = [
    .convertUnknownConvention, .convertAmbiguousConvention, .convertUnmappedTensor, .convertMissingTensor,
    .convertShapeMismatch, .convertConfigurationMismatch, .convertNeededTensor,
  ]
}
