import MISTEdge
import MISTFormats

/// A finished `GOLD` section, and how far its logits are from those of the head's parameters before they were stored.
struct GoldenPair {
  let section: [UInt8]
  let logitError: Float

  /// The pair of `input` for the weights as `bundle` stores them; `parameters` are those before.
  init(
    _ input: GoldenInput, size: GoldenSize, tolerance: Float, bundle: EdgeBundle, parameters: [Float]
  ) throws {
    let expected: [Float]
    let exact: [Float]
    switch bundle.head {
    case .classification(let shape):
      let encoding = try GoldenEncoding(input, size: size, shape: shape)
      expected = Self.logits(bundle.makeNetwork(shape), encoding)
      let network = HeadNetwork<PortableKernels>(shape)
      parameters.withUnsafeBufferPointer { if let base = $0.baseAddress { network.prepare(base) } }
      exact = Self.logits(network, encoding)
      section = encoding.section(shape: shape, label: input.label, tolerance: tolerance, logits: expected)
    case .segmentation(let shape):
      let small = size.maps(of: shape)
      let encoding = try GoldenEncoding(input, shape: shape, small: small)
      expected = Self.logits(bundle.makeNetwork(small), encoding)
      let network = MapHeadNetwork<PortableKernels>(small)
      parameters.withUnsafeBufferPointer { if let base = $0.baseAddress { network.prepare(base) } }
      exact = Self.logits(network, encoding)
      section = encoding.section(small: small, tolerance: tolerance, logits: expected)
    }
    logitError = zip(expected, exact).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
  }

  private static func logits(_ network: HeadNetwork<PortableKernels>, _ encoding: GoldenEncoding) -> [Float] {
    let tokens = encoding.values[0].count / network.shape.channels
    let scratch = HeadScratch(network.shape, tokens: tokens)
    var logits = [Float](repeating: 0, count: network.shape.classes)
    logits.withUnsafeMutableBufferPointer { out in
      encoding.values[0].withUnsafeBufferPointer { values in
        guard let out = out.baseAddress, let values = values.baseAddress else { return }
        network.logits(features: values, tokens: tokens, scratch: scratch, into: out)
      }
    }
    return logits
  }

  /// Those of the golden positions.
  private static func logits(_ network: MapHeadNetwork<PortableKernels>, _ encoding: GoldenEncoding)
    -> [Float]
  {
    let shape = network.shape
    let scratch = MapHeadScratch(shape, training: false)
    for (values, input) in zip(encoding.values, scratch.inputs) {
      values.withUnsafeBufferPointer {
        if let base = $0.baseAddress { input.update(from: base, count: $0.count) }
      }
    }
    let grid = FloatBuffer(shape.outputCount * shape.classes)
    network.forward(scratch: scratch, into: grid.pointer)
    return (0..<MapGolden.positions(shape)).flatMap { index in
      let row = grid.pointer + MapGolden.position(index, shape) * shape.classes
      return (0..<shape.classes).map { row[$0] }
    }
  }
}

extension EdgeBundle {
  /// Whether the golden pair passes, as a device would check it; true without one.
  func passesSelfTest() -> Bool {
    switch head {
    case .classification(let shape):
      guard let golden else { return true }
      let logits = FloatBuffer(shape.classes)
      let scratch = HeadScratch(shape, tokens: golden.tokens)
      return golden.run(on: makeNetwork(shape, PortableKernels.self), scratch: scratch, into: logits.pointer)
        .passed
    case .segmentation:
      guard let mapGolden else { return true }
      let shape = mapGolden.shape
      let logits = FloatBuffer(shape.outputCount * shape.classes)
      let scratch = MapHeadScratch(shape, training: false)
      return mapGolden.run(
        on: makeNetwork(shape, PortableKernels.self), scratch: scratch, into: logits.pointer
      )
      .passed
    }
  }
}
