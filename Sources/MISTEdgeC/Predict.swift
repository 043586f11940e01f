import CMISTEdge
import MISTEdge
import MISTEdgeKernels

@c(mist_edge_predict)
public func edgePredict(
  _ edge: UnsafeMutablePointer<mist_edge>?, _ features: UnsafePointer<mist_edge_features>?,
  _ probabilities: UnsafeMutablePointer<Float>?, _ error: UnsafeMutablePointer<mist_edge_error>?
) -> mist_edge_status {
  call(edge, error) { (handle) throws(Refusal) in
    try handle.classify(into: probabilities) { (handle) throws(Refusal) in try handle.load(features) }
  }
}

@c(mist_edge_segment)
public func edgeSegment(
  _ edge: UnsafeMutablePointer<mist_edge>?, _ features: UnsafePointer<mist_edge_features>?,
  _ map: UnsafeMutablePointer<UInt8>?, _ error: UnsafeMutablePointer<mist_edge_error>?
) -> mist_edge_status {
  call(edge, error) { (handle) throws(Refusal) in
    try handle.segment(into: map) { (handle) throws(Refusal) in try handle.load(features) }
  }
}

@c(mist_edge_selftest)
public func edgeSelftest(
  _ edge: UnsafeMutablePointer<mist_edge>?, _ difference: UnsafeMutablePointer<Float>?,
  _ error: UnsafeMutablePointer<mist_edge_error>?
) -> mist_edge_status {
  call(edge, error) { (handle) throws(Refusal) in
    guard handle.isSelftest, let golden = handle.bundle.golden else {
      throw .usage("edge.purpose", "the handle was not opened for MIST_EDGE_SELFTEST")
    }
    let result = golden.run(on: handle.network, scratch: handle.scratch, into: handle.logits.pointer)
    guard result.passed else { throw .data(EdgeError(.selftestFailed)) }
    difference?.pointee = result.maximumError
  }
}

extension Handle {
  /// Probabilities of the features that `load` brings into the scratch memory.
  func classify(
    into probabilities: UnsafeMutablePointer<Float>?, _ load: (Handle) throws(Refusal) -> Void
  ) throws(Refusal) {
    try require(.classification)
    guard let probabilities else { throw .missing }
    try load(self)
    network.forward(scratch: scratch, into: logits.pointer)
    Prediction.probabilities(logits.pointer, count: bundle.network.classes)
    probabilities.update(from: logits.pointer, count: bundle.network.classes)
  }

  /// Classes of every pixel likewise.
  func segment(
    into pixels: UnsafeMutablePointer<UInt8>?, _ load: (Handle) throws(Refusal) -> Void
  ) throws(Refusal) {
    try require(.segmentation)
    guard let pixels, let map else { throw .missing }
    try load(self)
    network.forward(scratch: scratch, into: logits.pointer)
    for y in 0..<map.height { map.row(y, of: logits.pointer, into: pixels + y * map.width) }
  }

  private func require(_ task: BundleTask) throws(Refusal) {
    guard !isSelftest else {
      throw .usage("edge.purpose", "the handle was opened for MIST_EDGE_SELFTEST")
    }
    guard bundle.task == task else {
      throw .usage(
        "edge.task",
        task == .segmentation
          ? "the bundle is for classification: use mist_edge_predict"
          : "the bundle is for segmentation: use mist_edge_segment")
    }
  }

  /// Brings a caller's features into the scratch memory.
  func load(_ features: UnsafePointer<mist_edge_features>?) throws(Refusal) {
    guard let features else { throw .missing }
    let streams = bundle.network.streams
    for index in 0..<streams.count {
      let (given, stream) = (features[index], streams[index])
      guard let type = StoredType(rawValue: UInt32(bitPattern: given.type)) else {
        throw .usage("edge.type", "the features' type is none of mist_edge_type")
      }
      guard let values = given.values, type != .int8 || given.scales != nil else { throw .missing }
      let feature = StoredFeature(
        type: type, tokens: stream.tokens, channels: stream.channels,
        data: UnsafeRawBufferPointer(start: values, count: stream.tokens * stream.channels * type.size),
        scales: type == .int8 ? UnsafeRawBufferPointer(start: given.scales, count: 4 * stream.tokens) : nil)
      guard let tokens = scratch.integers else {
        try data { () throws(EdgeError) in try feature.load(0, into: scratch.inputs[index]) }
        continue
      }
      guard type == .int8 else { throw .notIntegers }
      try data { () throws(EdgeError) in try feature.load(0, into: tokens, NativeKernels.self) }
    }
  }
}

extension Refusal {
  /// Of features that a handle of integers does not read.
  static var notIntegers: Refusal {
    .usage("edge.type", "the handle was opened for MIST_EDGE_PREDICT_INT8: it reads int8 features alone")
  }

  /// Of a pointer that may not be NULL.
  static var missing: Refusal { .usage("edge.null", "a pointer that the call needs is NULL") }
}
