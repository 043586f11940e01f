import MISTFormats

extension StructureRecovery {
  /// Takes products of one input as the rows of one; or of `count` equal parts of their rows the ones in `parts`.
  mutating func take(
    _ sites: [ProductSite], rows parts: Range<Int> = 0..<1, of count: Int = 1, as module: String,
    isLinear: Bool = true
  ) throws {
    if sites.count == count, count > 1 { return try take(Array(sites[parts]), as: module) }
    guard let first = sites.first else { return }
    var shape = first.weight.tensor.shape
    if first.isTransposed { shape.reverse() }
    if isLinear, shape.count == 4, shape[2...] == [1, 1] { shape.removeLast(2) }
    func piece(_ tensor: TensorInfo, isTransposed: Bool = false) -> RecoveredTensor.Piece {
      let part = tensor.count / count
      guard isTransposed else {
        return .init(
          tensor: tensor.name, elements: part * parts.count, offset: part * parts.lowerBound)
      }
      let columns = (tensor.shape.last ?? 0) / count
      return .init(
        tensor: tensor.name, elements: part * parts.count, transposedFrom: tensor.shape,
        columns: count == 1 ? nil : columns * parts.lowerBound..<columns * parts.upperBound)
    }
    let pieces = sites.map { piece($0.weight.tensor, isTransposed: $0.isTransposed) }
    let biases = sites.compactMap(\.bias)
    let isEven = sites.allSatisfy {
      $0.weight.tensor.dtype == first.weight.tensor.dtype && $0.rows == first.rows
        && $0.columns == first.columns
    }
    guard !shape.isEmpty, isEven, biases.isEmpty || biases.count == sites.count,
      biases.allSatisfy({ $0.tensor.dtype == biases[0].tensor.dtype && $0.tensor.count == first.rows })
    else {
      throw view.unexpected(
        first.output, expected: "\(module)'s parts alike, all with a bias or none",
        found: sites.map { "\($0.weight.tensor.shape)" + ($0.bias == nil ? "" : " with bias") }.joined(
          separator: ", "))
    }
    shape[0] = shape[0] / count * parts.count * sites.count
    try take(
      RecoveredTensor(module + ".weight", dtype: first.weight.tensor.dtype, shape: shape, pieces: pieces))
    if !biases.isEmpty {
      try take(
        RecoveredTensor(
          module + ".bias", dtype: biases[0].tensor.dtype, shape: [shape[0]],
          pieces: biases.map { piece($0.tensor) }))
    }
    for site in sites {
      // Layers that follow each other in a ring would go on for ever.
      if parts.lowerBound == 0, let earlier = modules.updateValue(module, forKey: site.node) {
        throw view.unexpected(site.output, expected: "a layer for \(module) alone", found: "\(earlier)'s")
      }
    }
  }
}

extension ProductSite {
  /// Channels that enter, where the weight is a matrix.
  var columns: Int? {
    let shape = weight.tensor.shape
    return shape.count == 2 ? (isTransposed ? shape[0] : shape[1]) : shape.count > 1 ? shape[1] : nil
  }

  /// Channels that leave.
  var rows: Int? {
    let shape = weight.tensor.shape
    return isTransposed ? shape.last : shape.first
  }
}
