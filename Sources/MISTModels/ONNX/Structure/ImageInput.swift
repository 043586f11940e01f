import MISTFormats

extension GraphIndex {
  /// Channels of a head of the first attention whose queries are reshaped to heads; 0 where none shows.
  func headChannels(width: Int) -> Int {
    for node in graph.nodes where node.opType == "Softmax" {
      if let heads = AttentionSite(softmax: node, width: { _ in width }, in: self)?.heads, heads > 0 {
        return width / heads
      }
    }
    return 0
  }

  /// Heights and widths to look at a graph with that leaves them open, the likeliest first: a SegFormer takes any; a stored position
  /// embedding is for a square, or else for any grid of so many.
  func imageSizes(patches convolution: ProductSite) -> [[Int]] {
    let shape = convolution.weight.tensor.shape
    guard shape.count == 4, shape.allSatisfy((1...ModelLimits.width).contains),
      !convolution.isOverlapping(in: self)
    else { return [[64, 96]] }
    let places = infos.values.filter {
      $0.dtype.isFloat && $0.shape.count == 3 && $0.shape[0] == 1 && $0.shape[2] == shape[0]
    }
    let rows = places.map { $0.shape[1] }.max() ?? 0
    let any = [3 * shape[2], 5 * shape[3]]
    return [rows - 1, rows].filter { (2...1 << 24).contains($0) }.map { count in
      let side = Int(Double(count).squareRoot().rounded())
      return side * side == count ? [side * shape[2], side * shape[3]] : [shape[2], count * shape[3]]
    } + [any]
  }
}

extension StructureView {
  /// Throws unless `convolution` reads the graph's image as it is, or from channels last.
  func expectImage(_ convolution: ProductSite) throws {
    let input = self.input(convolution)
    guard let shape = layout.shapes[input], shape.count == 4, let count = layout.count(input) else {
      throw unexpected(input, expected: "an image before the patch embedding")
    }
    let places = GraphLayout.places(count)
    var (value, found) = (input, places)
    for _ in 0..<Self.walkLength {
      guard let next = layout.step(value, found) else { break }
      (value, found) = next
    }
    let pixels = shape[2] * shape[3]
    let last = places.map { place in
      let (image, channel) = (place / (shape[1] * pixels), place / pixels % shape[1])
      return (image * pixels + place % pixels) * shape[1] + channel
    }
    guard graph.node(making: value) == nil, graph.constant(value) == nil, layout.count(value) == count,
      found == places || found == last && layout.shapes[value]?.last == shape[1]
    else {
      throw unexpected(value, expected: "the image itself before the patch embedding")
    }
  }
}
