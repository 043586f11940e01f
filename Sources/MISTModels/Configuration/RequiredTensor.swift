import MISTFormats

extension Reading {
  /// The classifier that `pooling` and the tensors show, or nil.
  /// Throws `convert.missing-tensor`, and `convert.shape-mismatch` for one that is no matrix.
  func classifier(_ pooling: String?, file: String) throws -> ImageClassifier? {
    guard has(.classifier) else { return nil }
    let weight = try need("classifier.weight", dimensions: 2, file: file)
    return ImageClassifier(classes: weight.shape[0], input: classifierInput(pooling))
  }

  /// The tensor of `canonical` at `index`, or of any block where that leaves the block open.
  /// Its shape is the canonical one of this tensor alone.
  /// Throws `convert.missing-tensor`, and `convert.shape-mismatch` when it has not as many dimensions.
  func need(
    _ canonical: String, at index: NameIndex = NameIndex(), dimensions: Int? = nil, file: String
  ) throws -> TensorInfo {
    guard let (tensor, row) = place(canonical, at: index) else {
      let first = NameIndex(stage: index.stage, block: index.block ?? 0)
      let name = convention.row(canonical).map { foreignName($0, at: first) } ?? canonical
      throw MISTError(
        .convertMissingTensor, file: file, at: "tensor \(quoted(name))",
        "convention \(convention.name) needs it and it is missing"
          + Nearest.names(to: name, among: unmapped.map(\.name)))
    }
    let shape = row.transform.canonicalShape(of: tensor.shape)
    if let dimensions, shape.count != dimensions {
      throw MISTError(
        .convertShapeMismatch, file: file, at: "tensor \(quoted(tensor.name))",
        "expected \(dimensions) dimensions, found shape \(tensor.shape)")
    }
    return TensorInfo(name: tensor.name, dtype: tensor.dtype, shape: shape)
  }
}
