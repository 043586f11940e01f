/// The sizes of an attentive readout.
public struct AttentiveShape: Hashable, Sendable {
  /// Queries Q.
  public var queries: Int
  /// d: the values have C/d rows, of which every query has the same number.
  public var division: Int

  /// Most queries that a network may have.
  public static let largestQueryCount = 256

  /// Eight queries that share C rows, unless told.
  public init(queries: Int = 8, division: Int = 1) {
    self.queries = queries
    self.division = division
  }

  /// Whether tokens of `channels` can be divided so.
  public func fits(_ channels: Int) -> Bool {
    1...Self.largestQueryCount ~= queries && 1...channels ~= division
      && channels % (queries * division) == 0
  }

  /// Adds the queries behind the norm of the stream.
  func addParameters(of stream: Int, _ shape: NetworkShape, to table: inout ParameterTable) {
    let c = shape.streams[stream].channels
    table.addNorm(.normGain, .normBias, c, stream)
    table.add(.queries, rows: queries, c, .normal, stream)
  }

  /// Adds the values and the norm behind them.
  func addParameters(_ shape: NetworkShape, to table: inout ParameterTable) {
    table.add(.values, rows: shape.channels / division, shape.channels, .xavier)
    table.addNorm(.valueGain, .valueBias, shape.channels / division)
  }

  /// Gain and bias of the norm before the queries, as far as they come from the gathered vectors; values; norm and classifier.
  func gradientCount(_ shape: NetworkShape) -> Int {
    let (c, length) = (shape.channels, shape.channels / division)
    return 2 * c + length * c + VectorClassifier.count(length: length, classes: shape.classes)
  }
}

extension AttentiveShape {
  /// Floats that running it takes beside the stream's rows: values, gathered vectors, attention.
  func workingFloats(_ shape: NetworkShape) -> UInt64 {
    let (t, c, q) = (UInt64(shape.tokens), UInt64(shape.channels), UInt64(queries))
    return c * c / UInt64(division) + 3 * q * c + 3 * t * q
  }
}

/// The memory of an attentive readout's pass.
final class AttentiveScratch {
  /// What the stream reads out for the queries `[T, Q]`, the attention `[Q, T]`, its sums `[Q]`, and the tokens' weights `[Q, T]`.
  let scores: FloatBuffer
  let attention: FloatBuffer
  let totals: FloatBuffer
  let weights: FloatBuffer
  /// The gathered vectors `[Q, C]`: of the standardised input, centred, and behind the norm's gain and bias; of the outputs `[Q, rM]`.
  let gatheredInput: FloatBuffer
  let gathered: FloatBuffer
  let normed: FloatBuffer
  let outputs: FloatBuffer
  /// y `[C/d]`, standardised, and what the classifier reads.
  let vector: FloatBuffer
  let classifierInput: FloatBuffer
  /// The scale of the norm behind the values.
  var scale: Float = 0

  // Gradients of the above; empty unless training.
  let dScores: FloatBuffer
  let dTotals: FloatBuffer
  let dWeights: FloatBuffer
  let dScales: FloatBuffer
  let dGathered: FloatBuffer
  let dOutputs: FloatBuffer
  let dVector: FloatBuffer

  init(_ shape: ResidualShape, _ own: AttentiveShape, tokens t: Int, training: Bool) {
    let (q, c) = (own.queries, shape.channels)
    let length = c / own.division
    scores = FloatBuffer(t * q)
    attention = FloatBuffer(t * q)
    totals = FloatBuffer(q)
    weights = FloatBuffer(t * q)
    gatheredInput = FloatBuffer(shape.inputNorm ? q * c : 0)
    gathered = FloatBuffer(q * c)
    normed = FloatBuffer(q * c)
    outputs = FloatBuffer(q * shape.outputs)
    vector = FloatBuffer(length)
    classifierInput = FloatBuffer(length)
    dScores = FloatBuffer(training ? t * q : 0)
    dTotals = FloatBuffer(training ? q : 0)
    dWeights = FloatBuffer(training ? t * q : 0)
    dScales = FloatBuffer(training ? t : 0)
    dGathered = FloatBuffer(training ? q * c : 0)
    dOutputs = FloatBuffer(training ? q * shape.outputs : 0)
    dVector = FloatBuffer(training ? length : 0)
  }
}
