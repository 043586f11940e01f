import Testing

@testable import MISTEdge

@Suite("LAST, LST and Partial-1 against PyTorch autograd")
struct MethodGoldenTests {
  @Test("goldens are present")
  func present() { #expect(HeadGolden.methods.count == 10) }

  @Test("logits, loss and every parameter's gradient", arguments: HeadGolden.methods)
  func vectorKernels(_ golden: HeadGolden) { checkHead(golden, VectorKernels.self) }

  /// Those that run in no time.
  static let small = HeadGolden.methods.filter { $0.shape.inputTokens < 50 }

  @Test("the same in plain Swift", arguments: small)
  func portableKernels(_ golden: HeadGolden) { checkHead(golden, PortableKernels.self) }

  @Test("without memory for training the logits are the same", arguments: small)
  func inference(_ golden: HeadGolden) {
    let shape = golden.shape
    let network = EdgeNetwork<VectorKernels>(shape)
    network.prepare(golden.parameters)
    let scratch = NetworkScratch(shape)
    let features = golden.features
    let size = shape.inputTokens * shape.channels
    var logits = [Float](repeating: 0, count: shape.classes)
    // The second sample finds the scratch as the first left it.
    for sample in 0..<golden.samples {
      for (i, input) in scratch.inputs.enumerated() {
        let start = (sample * scratch.inputs.count + i) * size
        input.update(from: Array(features[start..<start + size]), count: size)
      }
      let mask = Array(golden.masks[sample * shape.channels..<(sample + 1) * shape.channels])
      mask.withUnsafeBufferPointer {
        network.forward(
          scratch: scratch, masks: DropoutMasks(classifierInput: $0.baseAddress), into: &logits)
      }
      let expected = golden.logits[sample * shape.classes..<(sample + 1) * shape.classes]
      #expect(relativeError(logits, expected) < HeadTolerance.f32Logits)
    }
  }

  @Test("gradients of a second batch know nothing of the first", arguments: small)
  func cleared(_ golden: HeadGolden) {
    let sums = NetworkGradient(golden.shape)
    let first = runHead(golden, VectorKernels.self, sums: sums).gradient
    sums.clear()
    #expect(runHead(golden, VectorKernels.self, sums: sums).gradient == first)
  }

  /// What `mist train` is told of: DESIGN has the arithmetic.
  @Test("parameters of the paper's sizes")
  func counts() {
    func count(_ body: Body, inputs: Int, rank: Int = 0) -> Int {
      let shape = NetworkShape(
        body: body, inputs: inputs, tokens: 197, channels: 768, classes: 1, rank: rank)
      return ParameterTable(shape).count - 769
    }
    #expect(count(.ladder(TransformerShape(width: 96, heads: 12)), inputs: 13) == 2_376_492)
    // 7 blocks with norms, and the final one.
    #expect(count(.injected, inputs: 7, rank: 32) == 698_880 + 2 * 768)
    // Matrices, biases, norms, and the final one.
    #expect(
      count(.transformer(TransformerShape(width: 768, heads: 12)), inputs: 1) == 7_077_888 + 9984 + 2 * 768)
  }

  @Test("bodies and inputs that do not go together are told")
  func impossible() {
    let block = TransformerShape(width: 12, heads: 3)
    func shape(_ body: Body, inputs: Int, channels: Int = 12) -> NetworkShape {
      NetworkShape(body: body, inputs: inputs, tokens: 4, channels: channels, classes: 2, rank: 2)
    }
    #expect(shape(.transformer(block), inputs: 1).flaw == nil)
    #expect(shape(.transformer(block), inputs: 2).flaw == .body)
    #expect(shape(.transformer(block), inputs: 1, channels: 13).flaw == .body)
    #expect(shape(.transformer(TransformerShape(width: 12, heads: 5)), inputs: 1).flaw == .body)
    #expect(shape(.ladder(block), inputs: 2).flaw == nil)
    #expect(shape(.ladder(block), inputs: 1).flaw == .body)
    #expect(shape(.injected, inputs: 2).flaw == nil)
    #expect(shape(.injected, inputs: 1).flaw == .body)
    var mean = shape(.injected, inputs: 2)
    mean.readout = .pooled(.mean)
    #expect(mean.flaw == .body)
    var normed = shape(.ladder(block), inputs: 2)
    normed.inputNorm = true
    #expect(normed.flaw == .body)
  }
}
