import MISTFormats

extension ErrorCode {
  /// A graph whose weights are integers with scales.
  package static let onnxQuantised = ErrorCode("onnx.quantised")
  /// A graph that ONNX Runtime laid out for the processor it was saved on.
  package static let onnxMachineLayout = ErrorCode("onnx.machine-layout")
}

extension RecoveredArchive {
  private static let quantising: Set<String> = [
    "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "ConvInteger",
    "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "MatMulNBits", "MatMulBnb4", "QAttention", "QGemm",
    "QMoE", "GatherBlockQuantized",
  ]

  /// Refuses what a tool made of a model that no converter can undo.
  /// Throws `onnx.quantised` and `onnx.machine-layout`.
  static func refuseRewritten(_ graph: ONNXGraph, file: String) throws {
    for node in graph.nodes {
      let place = node.name.isEmpty ? "the node making \(node.outputs.first ?? "")" : "node \(node.name)"
      if quantising.contains(node.opType) || node.opType.hasPrefix("QLinear")
        || node.opType.hasPrefix("QOrdered")
      {
        throw MISTError(
          .onnxQuantised, file: file, at: place,
          "the graph is quantised (\(node.opType)): its weights are rounded to integers",
          advice: "convert the model that it was quantised from")
      }
      if node.domain == "com.microsoft.nchwc" || node.domain == "com.ms.internal.nhwc" {
        throw MISTError(
          .onnxMachineLayout, file: file, at: place,
          "ONNX Runtime laid the graph out for one machine (\(node.domain).\(node.opType)), as ORT_ENABLE_ALL does",
          advice: "convert the model before that optimisation, or save it with ORT_ENABLE_EXTENDED")
      }
    }
  }
}
