import MISTFormats

/// The linear layer that ends a graph which scores images: after the last norm, on the class token, on the mean of the patches, or on
/// both.
extension StructureRecovery {
  /// Takes the classifier behind `norm`, whose stream is `x` with `prefix` tokens before the patches; returns its result. Nil where the
  /// graph ends otherwise, and its last layers then stay unused.
  mutating func takeClassifier(after norm: NormSite, of x: String, prefix: Int) throws -> String? {
    let ends = Set(graph.graph.outputs.map { view.root(pastSoftmax(view.root($0.name))) })
    for site in view.products where !view.isConvolution(site) && modules[site.node] == nil {
      guard ends.contains(view.root(site.output)), site.bias != nil,
        let input = classifierInput(view.input(site), norm, x, prefix)
      else { continue }
      hints.classifierInput = input
      try take(site, as: "classifier")
      return site.output
    }
    return nil
  }

  private func pastSoftmax(_ value: String) -> String {
    guard let node = view.node(value), node.opType == "Softmax", let input = node.inputs.first else {
      return value
    }
    return input
  }

  /// What `value` `[batch, channels]` is of the tokens; nil for anything else.
  private func classifierInput(
    _ value: String, _ norm: NormSite, _ x: String, _ prefix: Int
  ) -> ImageClassifier.Input? {
    let channels = norm.weight.tensor.count
    guard channels > 0, batch > 0, channels <= GraphArray.largest, batch <= GraphArray.largest else {
      return nil
    }
    if view.layout.count(value) == 2 * channels * batch, let node = view.node(view.plain(value)),
      node.opType == "Concat", node.inputs.count == 2, view.layout.shapes[value] == [batch, 2 * channels],
      classifierInput(node.inputs[0], norm, x, prefix) == .classToken,
      classifierInput(node.inputs[1], norm, x, prefix) == .mean
    {
      return .classTokenAndMean
    }
    guard let all = view.layout.count(x), view.layout.count(value) == channels * batch else { return nil }
    let tokens = all / (channels * batch)
    let places = GraphLayout.places(channels * batch)
    let first = places.map { ($0 / channels * tokens) * channels + $0 % channels }
    if prefix > 0 {
      if view.layout.follow(value, places, to: norm.output) == first { return .classToken }
      // The norm is of each token alone, so the token may be chosen before it.
      if view.layout.follow(value, places, to: norm.output) == places,
        view.layout.follow(norm.input, places, to: x) == first
      {
        return .classToken
      }
    }
    let mean = view.root(value)
    guard let node = view.node(mean), node.opType == "ReduceMean", let averaged = node.inputs.first,
      meanAxes(node) == [1], view.layout.follow(value, places, to: mean) == places,
      let shape = view.layout.shapes[averaged], shape == [batch, tokens - prefix, channels]
    else { return nil }
    let patches = GraphLayout.places(shape.reduce(1, *))
    let wanted = patches.map { place in
      let (row, channel) = (place / channels, place % channels)
      return (row / shape[1] * tokens + prefix + row % shape[1]) * channels + channel
    }
    return view.layout.follow(averaged, patches, to: norm.output) == wanted ? .mean : nil
  }

  private func meanAxes(_ node: ONNXGraph.Node) -> [Int]? {
    if case .ints(let axes)? = node.attributes["axes"] { return axes }
    return node.inputs.count > 1 ? graph.ints(node.inputs[1]) : nil
  }
}
