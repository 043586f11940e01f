import MISTModels

/// What a backbone is to the extraction pipeline: a description of its gathered features and a way to make one
/// single-threaded worker per thread. The command line adapts `MISTBackbone` to it, so that neither feature stores nor
/// training ever link the backbone.
public protocol FeatureSource: Sendable {
  /// Input pixels `[3, height, width]`.
  var inputSize: (height: Int, width: Int) { get }
  /// Tokens T and channels C of one gathered feature.
  var tokens: Int { get }
  var channels: Int { get }
  /// Gather depths, ascending.
  var gathers: [Int] { get }
  /// Whether a worker also gives the final, normalised class token (`final_norm` of the model, row 0).
  var includesFinal: Bool { get }

  func makeWorker() throws -> any FeatureWorker
}

/// One thread's backbone: owns its scratch memory and allocates nothing per image.
public protocol FeatureWorker: AnyObject {
  /// Reads `pixels` `[3, H, W]`; writes each gather depth's `[T, C]` to `gathers` (in the source's order) and, when the
  /// source includes it, the normalised class token `[C]` to `final`.
  func extract(
    pixels: UnsafeBufferPointer<Float>, gathers: [UnsafeMutableBufferPointer<Float>],
    final: UnsafeMutableBufferPointer<Float>?) throws
}
