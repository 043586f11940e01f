import MISTEdge
import MISTKernels

/// In what a step of training multiplies matrices; all else is in f32.
package enum TrainingPrecision: String, CaseIterable, Encodable, Sendable {
  case f32, bf16

  /// Whether this processor has instructions for it.
  package var isNative: Bool {
    switch self {
    case .f32: true
    case .bf16: mist_dots_best(MIST_BF16) != MIST_DOTS_SCALAR
    }
  }

  /// A head in training whose products are computed in it, from `parameters` on.
  func step(_ shape: NetworkShape, _ parameters: [Float]) -> any HeadInTraining {
    let buffer = FloatBuffer(parameters.count)
    buffer.pointer.update(from: parameters, count: parameters.count)
    return switch self {
    case .f32: TrainingStep<HostKernels>(shape, buffer)
    case .bf16: TrainingStep<BF16Kernels>(shape, buffer)
    }
  }
}

/// A head in training as a trainer uses it, whatever its kernels; `TrainingStep` says what each does.
protocol HeadInTraining: AnyObject, Sendable {
  var parameters: FloatBuffer { get }
  var lanes: [GradientLane] { get }
  /// The network where it computes in f32.
  var predicting: EdgeNetwork<HostKernels>? { get }
  func usedTokens(_ tokens: Int) -> Int
  func add(
    to lane: Int, _ worker: Worker, tokens: Int?, masks: DropoutMasks,
    loss: (UnsafeMutablePointer<Float>) -> (loss: Double, correct: Int))
  func apply(rate: Float, weightDecay: Float, shares: Int, parts: Parts)
}

extension TrainingStep: HeadInTraining {
  var predicting: EdgeNetwork<HostKernels>? { network as? EdgeNetwork<HostKernels> }
  func usedTokens(_ tokens: Int) -> Int { network.usedTokens(tokens) }
}
