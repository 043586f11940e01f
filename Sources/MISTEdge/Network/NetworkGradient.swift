/// Where a network's gradients are summed over samples: with respect to the folded weights, so that the work of unfolding
/// them into parameters is done once per step and not once per sample.
public final class NetworkGradient {
  /// Every part below in one buffer, so that the sums of several threads are added and cleared by one loop.
  public let buffer: FloatBuffer

  let streams: [StreamGradient]
  /// Those of the readout's own parameters, as they lie in the parameters; of a body that sums like that, all of them.
  let readout: UnsafeMutablePointer<Float>

  /// Room for the gradients of a network of this shape, all 0.
  public init(_ shape: NetworkShape) {
    guard !shape.sumsParameters else {
      buffer = FloatBuffer(ParameterTable(shape).count)
      streams = []
      readout = buffer.pointer
      return
    }
    let shapes = (0..<shape.streams.count).map { shape.stream($0) }
    var count = shape.readout.gradientCount(shape)
    for stream in shapes { count += StreamGradient.count(stream) }
    buffer = FloatBuffer(count)
    var next = buffer.pointer
    var streams: [StreamGradient] = []
    for stream in shapes {
      let gradient = StreamGradient(stream, at: next)
      streams.append(gradient)
      next = gradient.end
    }
    self.streams = streams
    readout = next
  }

  /// Sets every gradient to 0.
  public func clear() { buffer.clear() }
}
