import MISTFormats

extension ErrorCode {
  /// An anonymous weight of the backbone whose module cannot be told from its place in the graph.
  package static let onnxUnnamedWeight = ErrorCode("onnx.unnamed-weight")
  /// A constant of the tokens' embedding that is neither named nor beside a patch embedding of a known naming style.
  package static let onnxUnnamedEmbedding = ErrorCode("onnx.unnamed-embedding")
  /// An anonymous vector or matrix that the backbone computes with, outside of any layer of a vision transformer.
  package static let onnxUnnamedConstant = ErrorCode("onnx.unnamed-constant")
  /// Two different tensors claim the same parameter name.
  package static let onnxAmbiguousWeight = ErrorCode("onnx.ambiguous-weight")
  /// A weight whose shape contradicts the node that uses it, or the bias beside it.
  package static let onnxWeightShape = ErrorCode("onnx.weight-shape")
  /// A Gemm with a factor other than 1 on its product or its bias, which no linear layer has.
  package static let onnxScaledProduct = ErrorCode("onnx.scaled-product")
  /// Two nodes, or a node and an initialiser, write the same value.
  package static let onnxDuplicateValue = ErrorCode("onnx.duplicate-value")
  /// More Identity nodes one behind another than any exporter writes.
  package static let onnxIdentityChain = ErrorCode("onnx.identity-chain")
}
