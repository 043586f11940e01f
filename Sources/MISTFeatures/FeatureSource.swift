import MISTEdge
import MISTFormats
import MISTModels

/// What a backbone is to the extraction pipeline: a description of its gathered features and a way to make one
/// single-threaded worker per thread. The command line adapts `MISTBackbone` to it, so that neither feature stores nor
/// training ever link the backbone.
package protocol FeatureSource: Sendable {
  /// Input pixels `[3, height, width]`.
  var inputSize: MapSize { get }
  /// Tokens for classification, maps for segmentation.
  var layout: FeatureLayout { get }
  /// The features that it gives, in the order of the store: the final one, where the model's last block runs and it is wanted,
  /// then gather depths, blocks, both ascending, and layer tokens.
  var features: [Feature] { get }
  /// How the layer tokens lie, where they are among the features.
  var layerTokens: LayerTokens? { get }

  /// In what the model's products are computed, and how that was chosen, where it was measured.
  var precision: Precision { get }
  var precisionChoice: PrecisionChoice? { get }
  /// What products in int8 are prepared by, where that was asked for.
  var calibration: Calibration? { get }

  /// What computes them; nil where that makes no difference.
  var computation: Computation? { get }

  func makeWorker() throws -> any FeatureWorker

  /// Waits until it is certain that what workers computed is the model's; nothing is kept before. Throws where it is not.
  func confirm() throws

  /// Writes the model's last block and final norm to a file, whole or not at all.
  func writeLastBlock(to path: String) throws
}

extension FeatureSource {
  package var computation: Computation? { nil }
  package func confirm() throws {}
  package var layerTokens: LayerTokens? { nil }
  package var precision: Precision { .f32 }
  package var precisionChoice: PrecisionChoice? { nil }
  package var calibration: Calibration? { nil }

  /// What a worker writes per image, in the order of its buffers.
  package var tensors: [FeatureTensor] { layout.tensors(of: features, layers: layerTokens) }

  package func writeLastBlock(to path: String) throws {
    throw MISTError(.bug, "this source of features has no last block to write")
  }
}

/// One thread's backbone: owns its scratch memory and allocates nothing per image.
package protocol FeatureWorker: AnyObject {
  /// Reads `pixels` `[3, H, W]`; fills one buffer per tensor of the source's `tensors`, in their order.
  func extract(
    pixels: UnsafeBufferPointer<Float>, into outputs: [UnsafeMutableBufferPointer<Float>]) throws
}
