/// What arXiv 2406.17559 prints in Table 1 of a method on ViT-B/16, as strings, because their digits are what is compared.
package struct PaperRow: Hashable, Encodable, Sendable {
  package let method: String
  /// Megabytes per image; nil for a method that cannot be separated: it trains inside the backbone.
  package let transfer: String?
  /// Millions.
  package let parameters: String
  /// 10⁹ multiply-adds in the cloud and on the edge; nil where the paper does not say.
  package let cloud: String?
  package let edge: String?
  /// Gigabytes on a GPU.
  package let cloudMemory: String?
  package let edgeMemory: String?
  /// Accuracy on VTAB-1k: natural, specialised, structured tasks, mean.
  package let accuracy: [String]

  init(
    _ method: String, transfer: String? = nil, _ parameters: String, cloud: String? = "17.57",
    edge: String? = "0", memory: (cloud: String, edge: String)? = nil, _ accuracy: [String]
  ) {
    self.method = method
    self.transfer = transfer
    self.parameters = parameters
    self.cloud = cloud
    self.edge = edge
    cloudMemory = memory?.cloud
    edgeMemory = memory?.edge
    self.accuracy = accuracy
  }

  /// Those that cannot be separated.
  package static let inseparable: [PaperRow] = [
    PaperRow("full fine-tuning", "85.8", memory: ("6.09", "0"), ["75.9", "83.4", "47.6", "68.9"]),
    PaperRow("BitFit", "0.10", memory: ("3.80", "0"), ["73.3", "78.2", "44.1", "65.2"]),
    PaperRow("VPT", "0.56", cloud: "23.18", memory: ("5.63", "0"), ["78.5", "82.4", "54.9", "72.0"]),
    PaperRow("LoRA", "0.29", cloud: "21.87", memory: ("3.40", "0"), ["79.5", "84.6", "59.8", "74.5"]),
    PaperRow("AdaptFormer", "0.16", cloud: "17.60", memory: ("4.11", "0"), ["80.6", "84.9", "59.0", "74.7"]),
    PaperRow("FacT", "0.07", cloud: "18.67", memory: ("4.81", "0"), ["80.6", "85.3", "60.7", "75.6"]),
    PaperRow("SPT-LoRA", "0.54", cloud: "20.44", memory: ("5.13", "0"), ["81.9", "85.9", "61.3", "76.4"]),
  ]
}

extension SeparatedMethod {
  /// What the paper prints of it: in Table 1, and of the alternatives to its blocks the parameters and the mean in Table 4.
  package var paper: PaperRow {
    switch self {
    case .linear:
      PaperRow(
        "linear probing", transfer: "0.003", "0", memory: ("0.57", "0.07"), ["69.1", "77.1", "26.8", "57.6"])
    case .partial1:
      PaperRow(
        "Partial-1", transfer: "0.577", "6.75", edge: "1.42", memory: ("0.57", "0.52"),
        ["69.4", "78.5", "34.2", "60.7"])
    case .lst:
      PaperRow(
        "LST", transfer: "7.503", "2.38", edge: "0.51", memory: ("0.57", "2.08"),
        ["77.6", "85.6", "59.7", "74.3"])
    case .last:
      PaperRow(
        "LAST", transfer: "4.040", "0.66", edge: "0.15", memory: ("0.57", "0.77"),
        ["80.9", "86.2", "62.3", "76.5"])
    case .blocks(.attention, depth: 4):
      PaperRow(
        "MIST", transfer: "0.577", "0.38", edge: "0.09", memory: ("0.57", "0.45"),
        ["81.4", "86.4", "62.4", "76.7"])
    case .blocks(.attention, _): Self.alternative("LAE, 8 layers", "0.76", "76.9")
    case .blocks(.mlp, depth: 4): Self.alternative("MLP, 4 layers", "0.38", "75.8")
    case .blocks(.mlp, _): Self.alternative("MLP, 8 layers", "0.76", "76.1")
    case .blocks(.dwconv, depth: 4): Self.alternative("DWConv, 4 layers", "0.03", "69.8")
    case .blocks(.dwconv, _): Self.alternative("DWConv, 8 layers", "0.06", "70.2")
    }
  }

  private static func alternative(_ method: String, _ parameters: String, _ mean: String) -> PaperRow {
    PaperRow(method, transfer: "0.577", parameters, edge: nil, [mean])
  }
}
