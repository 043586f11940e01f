import MISTKernels
import Testing

@testable import MISTEdge

/// Largest difference of f32 results from the float64 reference, relative to the largest magnitude of the tensor.
enum HeadTolerance {
  static let f32Logits = 1e-5
  static let f32Gradients = 1e-4
}

/// The processor's vector instructions.
enum VectorKernels: EdgeKernels {
  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    mist_sgemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
  }

  static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    mist_softmax(x, rows, width, width, 1)
  }

  static func packedCount(_ count: Int, depth: Int) -> Int { mist_packed_count(count, depth) }

  static func pack(
    _ rows: UnsafePointer<Float>, count: Int, depth: Int, into packed: UnsafeMutablePointer<Float>
  ) { mist_pack(rows, count, depth, depth, 1, packed) }

  static func product(
    _ a: UnsafePointer<Float>, m: Int, depth: Int, packed: UnsafePointer<Float>, count: Int, adding: Bool,
    into c: UnsafeMutablePointer<Float>, ldc: Int
  ) { mist_product(a, depth, m, depth, packed, count, nil, adding, c, ldc) }
}

/// Runs `golden`'s batch through `network`; returns logits, the mean loss and the gradient of every parameter.
func runHead<K>(
  _ golden: HeadGolden, _: K.Type, sums: NetworkGradient? = nil
) -> (logits: [Float], loss: Float, gradient: [Float])
where K: EdgeKernels {
  let shape = golden.shape
  let network = EdgeNetwork<K>(shape)
  let scratch = NetworkScratch(shape, training: true)
  let sums = sums ?? NetworkGradient(shape)
  let parameters = golden.parameters
  network.prepare(parameters)
  let features = golden.features
  let masks = golden.masks
  var logits = [Float](repeating: 0, count: golden.samples * shape.classes)
  var loss: Float = 0
  for i in 0..<golden.samples {
    let size = shape.inputTokens * shape.channels
    features.withUnsafeBufferPointer {
      for (j, input) in scratch.inputs.enumerated() {
        input.update(from: $0.baseAddress! + (i * scratch.inputs.count + j) * size, count: size)
      }
    }
    let mask = Array(masks[i * shape.channels..<(i + 1) * shape.channels])
    var row = [Float](repeating: 0, count: shape.classes)
    var dLogits = row
    mask.withUnsafeBufferPointer {
      network.forward(
        tokens: shape.inputTokens, scratch: scratch, masks: DropoutMasks(classifierInput: $0.baseAddress),
        into: &row)
    }
    loss += SoftmaxCrossEntropy.loss(
      logits: row, classes: shape.classes, label: i % shape.classes, smoothing: 0.1,
      weight: 1 / Float(golden.samples), dLogits: &dLogits)
    mask.withUnsafeBufferPointer {
      network.backward(
        tokens: shape.inputTokens, dLogits: dLogits, masks: DropoutMasks(classifierInput: $0.baseAddress),
        scratch: scratch, into: sums)
    }
    logits.replaceSubrange(i * shape.classes..<(i + 1) * shape.classes, with: row)
  }
  var gradient = [Float](repeating: .nan, count: network.table.count)
  network.unfold(sums, parameters: parameters, into: &gradient)
  return (logits, loss / Float(golden.samples), gradient)
}

/// `max |a − b| / max |b|`, or beside `scale` where b's numbers are too few to tell how large they are.
func relativeError(_ a: some Collection<Float>, _ b: some Collection<Double>, scale: Double? = nil) -> Double
{
  let scale = scale ?? b.map(abs).max() ?? 0
  let worst = zip(a, b).map { ($0.0.isNaN ? .infinity : abs(Double($0.0) - $0.1)) }.max() ?? 0
  return worst / max(scale, 1e-30)
}

/// Compares logits, loss and every parameter's gradient with `golden`'s.
func checkHead<K: EdgeKernels>(_ golden: HeadGolden, _ kernels: K.Type) {
  let result = runHead(golden, kernels)
  #expect(relativeError(result.logits, golden.logits) < HeadTolerance.f32Logits)
  #expect(abs(Double(result.loss) - golden.loss) < HeadTolerance.f32Logits * abs(golden.loss))
  let parameters = ParameterTable(golden.shape).parameters
  for parameter in parameters {
    let places = kept(parameter, golden)
    let expected = places.map { golden.gradient[$0 / golden.stride] }
    // A bias of which a handful are kept is measured by that of every block.
    let alike = parameters.filter { expected.count < 8 && $0.name == parameter.name }
    let scale = alike.flatMap { kept($0, golden) }.map { abs(golden.gradient[$0 / golden.stride]) }.max()
    let error = relativeError(places.map { result.gradient[$0] }, expected, scale: scale)
    #expect(error < HeadTolerance.f32Gradients, "\(parameter.name) \(parameter.range)")
  }
}

/// Where the golden has gradients of `parameter`.
private func kept(_ parameter: Parameter, _ golden: HeadGolden) -> [Int] {
  let range = parameter.range
  let sampled = range.filter { $0 % golden.stride == 0 }
  guard parameter.name == .projectionBias else { return sampled }
  // A softmax does not see the bias of keys: its gradient is rounding alone.
  let third = range.count / 3
  return sampled.filter { !(range.lowerBound + third..<range.lowerBound + 2 * third ~= $0) }
}

@Suite("Head against PyTorch autograd")
struct HeadGoldenTests {
  @Test("goldens are present")
  func present() { #expect(HeadGolden.all.count == 20) }

  @Test("logits, loss and every parameter's gradient", arguments: HeadGolden.all)
  func vectorKernels(_ golden: HeadGolden) { checkHead(golden, VectorKernels.self) }

  @Test("the same in plain Swift", arguments: HeadGolden.all.filter { $0.shape.tokens < 50 })
  func portableKernels(_ golden: HeadGolden) { checkHead(golden, PortableKernels.self) }

  @Test("fewer tokens than the shape's are a network of their own, and scratch is reused without traces")
  func fewerTokens() {
    let golden = HeadGolden.all.first { $0.name == "lae/cls-norm-4" }!
    let network = EdgeNetwork<PortableKernels>(golden.shape)
    network.prepare(golden.parameters)
    let features = golden.features
    let used = NetworkScratch(golden.shape)
    let fresh = NetworkScratch(golden.shape, tokens: 4)
    var logits = [Float](repeating: 0, count: golden.shape.classes)
    var expected = logits
    func run(_ tokens: Int, _ scratch: NetworkScratch, _ logits: inout [Float]) {
      scratch.inputs[0].update(from: features, count: tokens * golden.shape.channels)
      network.forward(tokens: tokens, scratch: scratch, into: &logits)
    }
    run(golden.shape.tokens, used, &logits)
    run(4, used, &logits)
    run(4, fresh, &expected)
    #expect(logits == expected)
  }
}
