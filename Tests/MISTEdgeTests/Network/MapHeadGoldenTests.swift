import Testing

@testable import MISTEdge

/// A network on maps with all that a pass needs.
final class MapHeadRun<K: EdgeKernels> {
  let shape: NetworkShape
  let network: EdgeNetwork<K>
  let scratch: NetworkScratch
  let sums: NetworkGradient

  /// `strip`: floats of a strip of softmax rows, which are then computed again in the backward pass; nil for the default.
  init(_ shape: NetworkShape, training: Bool = true, strip: Int? = nil) {
    self.shape = shape
    network = EdgeNetwork(shape)
    scratch =
      strip.map {
        NetworkScratch(shape, tokens: nil, training: training, keptAttention: 0, attentionStrip: $0)
      }
      ?? NetworkScratch(shape, training: training)
    sums = NetworkGradient(shape)
  }

  func logits(_ parameters: [Float], _ features: [[Float]], mask: [Float]?) -> [Float] {
    network.prepare(parameters)
    for (values, input) in zip(features, scratch.inputs) { input.update(from: values, count: values.count) }
    var logits = [Float](repeating: .nan, count: shape.outputCount * shape.classes)
    (mask ?? []).withUnsafeBufferPointer {
      let masks = DropoutMasks(classifierInput: mask == nil ? nil : $0.baseAddress)
      network.forward(scratch: scratch, masks: masks, into: &logits)
    }
    return logits
  }

  /// The mean loss over labelled positions, and the gradient of every parameter. Follows `logits`.
  func gradient(_ parameters: [Float], _ logits: [Float], _ labels: [UInt8], mask: [Float]?) -> (
    Float, [Float]
  ) {
    let counted = labels.filter { $0 != 255 }.count
    var dLogits = [Float](repeating: .nan, count: logits.count)
    let result = MapCrossEntropy.loss(
      logits: logits, labels: labels, positions: shape.outputCount, classes: shape.classes,
      weight: 1 / Float(counted), dLogits: &dLogits)
    (mask ?? []).withUnsafeBufferPointer {
      let masks = DropoutMasks(classifierInput: mask == nil ? nil : $0.baseAddress)
      network.backward(dLogits: dLogits, masks: masks, scratch: scratch, into: sums)
    }
    var gradient = [Float](repeating: .nan, count: parameters.count)
    network.unfold(sums, parameters: parameters, into: &gradient)
    sums.clear()
    return (result.loss, gradient)
  }
}

@Suite("Head on maps against PyTorch autograd")
struct MapHeadGoldenTests {
  @Test("goldens are present")
  func present() { #expect(MapHeadGolden.all.count == 15) }

  @Test("logits, loss and every parameter's gradient", arguments: MapHeadGolden.all)
  func vectorKernels(_ golden: MapHeadGolden) { check(golden, VectorKernels.self) }

  @Test("the same in plain Swift", arguments: MapHeadGolden.all.filter { $0.shape.outputCount < 1000 })
  func portableKernels(_ golden: MapHeadGolden) { check(golden, PortableKernels.self) }

  @Test("the same with softmax rows computed again, in strips", arguments: MapHeadGolden.all)
  func recomputed(_ golden: MapHeadGolden) { check(golden, VectorKernels.self, strip: 0) }

  private func check<K: EdgeKernels>(_ golden: MapHeadGolden, _: K.Type, strip: Int? = nil) {
    let run = MapHeadRun<K>(golden.shape, strip: strip)
    if strip != nil {
      let attending = zip(golden.shape.streams, run.scratch.streams).filter { $0.0.depth > 0 }
      #expect(attending.allSatisfy { $0.1.mode == .recomputed })
    }
    let parameters = golden.parameters
    let features = golden.shape.streams.indices.map { golden.features($0) }
    // The second time finds the scratch and the sums as the first left them.
    for _ in 0..<2 {
      let logits = run.logits(parameters, features, mask: golden.mask)
      #expect(relativeError(logits, golden.logits.map(Double.init)) < HeadTolerance.f32Logits)
      let (loss, gradient) = run.gradient(parameters, logits, golden.labels, mask: golden.mask)
      #expect(abs(loss - golden.loss) < 1e-5 * abs(golden.loss))
      for range in run.network.table.parameters.map(\.range) {
        let error = relativeError(gradient[range], golden.gradient[range].map(Double.init))
        #expect(error < HeadTolerance.f32Gradients, "parameters \(range)")
      }
    }
  }

  @Test("without memory for training the logits are the same", arguments: MapHeadGolden.all)
  func inference(_ golden: MapHeadGolden) {
    let features = golden.shape.streams.indices.map { golden.features($0) }
    let trained = MapHeadRun<VectorKernels>(golden.shape).logits(golden.parameters, features, mask: nil)
    let run = MapHeadRun<VectorKernels>(golden.shape, training: false)
    for _ in 0..<2 {
      let logits = run.logits(golden.parameters, features, mask: nil)
      #expect(relativeError(logits, trained.map(Double.init)) < 1e-6)
    }
  }

  @Test("the table's parameters follow one another", arguments: MapHeadGolden.all)
  func partition(_ golden: MapHeadGolden) {
    let table = ParameterTable(golden.shape)
    #expect(table.parameters.flatMap { Array($0.range) } == Array(0..<table.count))
    #expect(table.parameters.allSatisfy { $0.isDecayed == ($0.rows > 1) })
  }
}
