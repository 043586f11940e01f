/// The memory of one forward (and backward) pass, allocated once. One per thread.
///
/// Per stream it holds the input `[T, C]` and otherwise multiples of `[T, r]`. A pooled readout keeps the attention matrices. A
/// dense one trains with the product `[T, R]` of every level and its gradient, and keeps softmax rows up to 16.8 MB per level, else they are
/// computed strip by strip, and again in the backward pass; for prediction it holds what one block of the largest level needs, and the
/// products of all levels but the first, where that has the output's size.
public final class NetworkScratch {
  /// Most tokens of a pooled readout's only stream.
  public let maximumTokens: Int
  /// Stream i's features `[T_i, C_i]` go here before `EdgeNetwork.forward`, which overwrites them.
  public let inputs: [UnsafeMutablePointer<Float>]

  let memory: Memory
  /// dL/dx `[T, C]` of an injected stream where it is; empty unless training one.
  private let dInput: FloatBuffer

  enum Memory {
    case streams([StreamScratch], ReadoutScratch)
    case side(SideScratch)
  }

  /// Those of residual streams.
  var streams: [StreamScratch] { if case .streams(let streams, _) = memory { streams } else { [] } }

  /// - Parameters:
  ///   - tokens: The most tokens that a call will have where the readout is pooled; the shape's number unless told.
  ///   - training: Whether `EdgeNetwork.backward` will follow.
  public convenience init(_ shape: NetworkShape, tokens: Int? = nil, training: Bool = false) {
    self.init(shape, tokens: tokens, training: training, keptAttention: 1 << 22, attentionStrip: 1 << 17)
  }

  /// To predict with a network of integers: its features go to `integers`, and there are no `inputs`.
  package convenience init(integers shape: NetworkShape) {
    self.init(
      shape, tokens: nil, training: false, keptAttention: 1 << 22, attentionStrip: 1 << 17, integers: true)
  }

  /// The only stream's tokens in integers.
  package var integers: IntegerTokens? { streams.first?.integers }

  /// - Parameters:
  ///   - keptAttention: Floats of one level's softmax rows up to which the backward pass of a dense readout finds them instead of
  ///     computing them again.
  ///   - attentionStrip: About the floats of a strip of softmax rows of a dense readout.
  init(
    _ shape: NetworkShape, tokens: Int?, training: Bool, keptAttention: Int, attentionStrip: Int,
    integers: Bool = false
  ) {
    if let block = shape.body.transformer {
      maximumTokens = tokens ?? shape.inputTokens
      let own = SideScratch(shape, block, tokens: maximumTokens, training: training)
      inputs = own.inputs
      memory = .side(own)
      dInput = FloatBuffer(0)
      return
    }
    var shapes: [ResidualShape] = []
    var counts: [Int] = []
    var modes: [StreamScratch.Mode] = []
    for i in 0..<shape.streams.count {
      let stream = shape.stream(i)
      let count = shape.dense == nil ? tokens ?? shape.streams[i].tokens : shape.streams[i].tokens
      shapes.append(stream)
      counts.append(count)
      if shape.dense == nil {
        modes.append(training ? .kept : .wide)
      } else if training {
        modes.append(stream.attentionSize(count) <= keptAttention ? .kept : .recomputed)
      } else {
        modes.append(.blockwise)
      }
    }
    let workspace = StreamWorkspace(
      shapes, tokens: counts, modes: modes, stripSize: shape.dense == nil ? .max : attentionStrip)
    let streams = shapes.indices.map {
      StreamScratch(
        shapes[$0], tokens: counts[$0], mode: modes[$0], workspace: workspace, integers: integers)
    }
    inputs = streams.map { $0.input.pointer }
    dInput = FloatBuffer(training && shape.body == .injected ? counts[0] * shape.channels : 0)
    if dInput.count > 0 { for stream in streams.dropFirst() { stream.dInput = dInput.pointer } }
    maximumTokens = counts[0]
    memory = .streams(streams, ReadoutScratch(shape, tokens: counts[0], training: training))
  }
}
