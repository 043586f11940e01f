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
    let encoding = try GoldenEncoding(input, size: size, shape: bundle.network)
    let small = encoding.shape
    let expected = Self.logits(bundle.makeNetwork(small), encoding)
    let network = EdgeNetwork<PortableKernels>(small)
    parameters.withUnsafeBufferPointer { if let base = $0.baseAddress { network.prepare(base) } }
    let exact = Self.logits(network, encoding)
    section = encoding.section(label: input.label, tolerance: tolerance, logits: expected)
    logitError = zip(expected, exact).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
  }

  /// Those of the golden positions.
  private static func logits(_ network: EdgeNetwork<PortableKernels>, _ encoding: GoldenEncoding) -> [Float] {
    let shape = network.shape
    let scratch = NetworkScratch(shape)
    for (values, input) in zip(encoding.values, scratch.inputs) {
      values.withUnsafeBufferPointer {
        if let base = $0.baseAddress { input.update(from: base, count: $0.count) }
      }
    }
    let grid = FloatBuffer(shape.logitCount)
    network.forward(scratch: scratch, into: grid.pointer)
    return (0..<BundleGolden.positions(shape)).flatMap { index in
      let row = grid.pointer + BundleGolden.position(index, shape) * shape.classes
      return (0..<shape.classes).map { row[$0] }
    }
  }
}

extension EdgeBundle {
  /// Whether the golden pair passes, as a device would check it; true without one.
  func passesSelfTest() -> Bool {
    guard let golden else { return true }
    let logits = FloatBuffer(golden.shape.logitCount)
    return golden.run(
      on: makeNetwork(golden.shape, PortableKernels.self), scratch: NetworkScratch(golden.shape),
      into: logits.pointer
    )
    .passed
  }
}
