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

  /// A network whose products are computed in it.
  func network(_ shape: NetworkShape) -> any TrainableNetwork {
    switch self {
    case .f32: EdgeNetwork<HostKernels>(shape)
    case .bf16: EdgeNetwork<BF16Kernels>(shape)
    }
  }
}

/// An edge network as a trainer uses it, whatever its kernels; `EdgeNetwork` says what each does.
protocol TrainableNetwork: AnyObject, Sendable {
  var table: ParameterTable { get }
  func usedTokens(_ tokens: Int) -> Int
  func prepare(_ parameters: UnsafePointer<Float>)
  func prepare(_ parameters: UnsafePointer<Float>, parts: Parts)
  func forward(
    tokens: Int?, scratch: NetworkScratch, masks: DropoutMasks, into logits: UnsafeMutablePointer<Float>)
  func backward(
    tokens: Int?, dLogits: UnsafePointer<Float>, masks: DropoutMasks, scratch: NetworkScratch,
    into gradient: NetworkGradient)
  func unfold(
    _ sums: NetworkGradient, parameters: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>,
    parts: Parts)
  func unfoldInPlace(
    _ sums: NetworkGradient, parameters: UnsafePointer<Float>
  ) -> UnsafeMutablePointer<Float>?
}

extension EdgeNetwork: TrainableNetwork {}
