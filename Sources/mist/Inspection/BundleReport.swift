import MISTBundle
import MISTEdge
import MISTInference
import MISTModels

/// What a bundle says beside its weights, for machines and for people.
struct BundleReport: Encodable {
  struct Section: Encodable {
    let id: String
    let bytes: Int
    let checksum: String
    let isKnown: Bool
  }

  /// What makes two bundles different heads.
  struct Facts: Encodable {
    let head: String
    let weights: String
    let gather: String
    /// Hash of the model whose features the head reads.
    let model: String
    /// In what its products were computed.
    let precision: Precision
    let preprocessing: Preprocessing
    let classes: [String]
  }

  let version: Int
  let minimumReader: Int
  let facts: Facts
  let golden: String?
  let provenance: String
  let sections: [Section]

  init(_ bundle: EdgeBundle) {
    version = Int(bundle.version)
    minimumReader = Int(bundle.minimumReader)
    facts = Facts(
      head: Self.describe(bundle.network), weights: Self.name(bundle.weights.type),
      gather: Self.describe(bundle.source.feature),
      model: bundle.source.modelHash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
      precision: Precision(bundle.precision), preprocessing: Preprocessing(bundle.preprocessing),
      classes: (0..<bundle.labels.count).map { String(decoding: bundle.labels[$0], as: UTF8.self) })
    golden = bundle.golden.map {
      let rows = bundle.source.maps == nil ? "tokens" : "positions"
      return "\($0.shape.tokens) \(rows) as \(Self.name($0.type)), tolerance \($0.tolerance)"
    }
    provenance = String(decoding: bundle.provenance, as: UTF8.self)
    sections = bundle.sections.map {
      let digits = String($0.checksum, radix: 16)
      return Section(
        id: $0.id.name, bytes: $0.range.count,
        checksum: String(repeating: "0", count: 8 - digits.count) + digits, isKnown: $0.id.isKnown)
    }
  }

  func print() {
    var table = Table([("SECTION", .left), ("SIZE", .right), ("CRC-32", .left)])
    for section in sections {
      table.add([
        section.id, Format.bytes(section.bytes), section.checksum + (section.isKnown ? "" : " unknown"),
      ])
    }
    table.print()
    Console.line("version        \(version), readable from \(minimumReader)")
    Console.line("head           \(facts.head), weights \(facts.weights)")
    Console.line(
      "features       \(facts.gather) of model \(facts.model)"
        + (facts.precision == .f32 ? "" : ", computed in \(facts.precision.rawValue)"))
    Console.line("preprocessing  \(ModelText.describe(facts.preprocessing))")
    Console.line("classes        \(ModelText.classes(facts.classes))")
    Console.line("golden         \(golden ?? "none")")
    if !provenance.isEmpty { Console.line("provenance     \(provenance)") }
  }

  private static func name(_ type: StoredType) -> String {
    switch type {
    case .f32: "f32"
    case .f16: "f16"
    case .int8: "int8"
    }
  }

  private static func describe(_ feature: Feature) -> String {
    if case .gather(let k) = feature { "k=\(k)" } else { feature.description }
  }

  private static func blocks(_ shape: NetworkShape) -> String {
    if let name = shape.body.name {
      let block = shape.body.transformer
      return "\(name)"
        + (shape.body.isOnMaps ? ", \(shape.streams.count) maps" : "")
        + (block.map { ", width \($0.width), \($0.heads) heads" } ?? ", rank \(shape.rank)")
    }
    guard shape.depth > 0 else { return "linear" }
    let name = shape.function == .attention ? "lae" : shape.function.name.description
    return "\(name), \(shape.depth) blocks"
      + (shape.function.hasRank ? " of \(shape.function.rankTitle) \(shape.rank)" : "")
  }

  private static func describe(_ shape: NetworkShape) -> String {
    let tail = ", \(shape.classes) classes, epsilon \(shape.epsilon)"
    switch shape.readout {
    case .pooled(let pooling):
      return blocks(shape) + ", \(shape.inputTokens) tokens of \(shape.channels) channels, \(pooling.title)"
        + (shape.inputNorm ? ", input norm" : "") + tail
    case .dense(let dense):
      return (dense.hidden > 0 ? "mlp on maps of width \(dense.hidden)" : "linear on maps")
        + (shape.rank > 0 ? ", lae of rank \(shape.rank)" : "") + ", levels "
        + shape.streams.map { "\($0.height)x\($0.width)x\($0.channels)" }.joined(separator: " ")
        + (shape.inputNorm ? ", input norm" : "") + (dense.norm ? ", norm" : "")
        + ", logits \(dense.height)x\(dense.width)" + tail
    }
  }
}
