import MISTFormats

/// The linear layer that ends a graph which scores images: after the last norm, on the class token or on the mean of the patches.
extension StructureRecovery {
  /// What is chosen of the tokens before the classifier.
  private enum Choice { case classToken, mean }

  /// Takes the classifier behind `norm`, whose stream is `x`; returns its result. Nil where the graph ends otherwise, and its last
  /// layers then stay unused. `hasPrefix`: whether there are tokens before the patches, of which a mean must be without.
  mutating func takeClassifier(after norm: NormSite, of x: String, hasPrefix: Bool) throws -> String? {
    let ends = Set(graph.graph.outputs.map { view.root(pastSoftmax(view.root($0.name))) })
    for site in view.products where !view.isConvolution(site) && modules[site.node] == nil {
      guard ends.contains(view.root(site.output)), site.bias != nil,
        let after = choices(from: view.input(site), to: view.root(norm.output)),
        let before = choices(from: norm.input, to: x)
      else { continue }
      // The norm is of each token alone, so the token may be chosen before it; a mean may not.
      let isChosen =
        hasPrefix ? after + before == [.classToken] : after == [.mean] && before.isEmpty
      guard isChosen else { continue }
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

  /// What is chosen on the way to `value` from `source`, the last first; nil where another operator is on the way.
  private func choices(from value: String, to source: String) -> [Choice]? {
    var value = view.root(value)
    var found: [Choice] = []
    for _ in 0..<StructureView.walkLength {
      if value == source { return found }
      guard let node = view.node(value), let input = node.inputs.first else { return nil }
      switch node.opType {
      case "Gather" where node.attributes["axis"] == .int(1) && graph.ints(node.inputs.last) == [0]:
        found.append(.classToken)
      case "Slice" where isFirstToken(node): found.append(.classToken)
      case "ReduceMean" where meanAxes(node) == [1]: found.append(.mean)
      default: return nil
      }
      value = view.root(input)
    }
    return nil
  }

  private func isFirstToken(_ node: ONNXGraph.Node) -> Bool {
    node.inputs.count >= 4 && graph.ints(node.inputs[1]) == [0] && graph.ints(node.inputs[2]) == [1]
      && graph.ints(node.inputs[3]) == [1]
  }

  private func meanAxes(_ node: ONNXGraph.Node) -> [Int]? {
    if case .ints(let axes)? = node.attributes["axes"] { return axes }
    return node.inputs.count > 1 ? graph.ints(node.inputs[1]) : nil
  }
}
