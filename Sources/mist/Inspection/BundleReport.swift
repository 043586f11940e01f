import MISTBundle
import MISTEdge
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
    let gather: String
    switch bundle.source.gather {
    case .sum(let k): gather = "k=\(k)"
    case .final: gather = "final"
    }
    facts = Facts(
      head: Self.describe(bundle.head), weights: Self.name(bundle.weights.type), gather: gather,
      model: bundle.source.modelHash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
      preprocessing: Preprocessing(bundle.preprocessing),
      classes: (0..<bundle.labels.count).map { String(decoding: bundle.labels[$0], as: UTF8.self) })
    if let pair = bundle.golden {
      golden = "\(pair.tokens) tokens as \(Self.name(pair.type)), tolerance \(pair.tolerance)"
    } else if let pair = bundle.mapGolden {
      let positions = pair.shape.levels.reduce(0) { $0 + $1.tokens }
      golden = "\(positions) positions as \(Self.name(pair.type)), tolerance \(pair.tolerance)"
    } else {
      golden = nil
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
    Console.line("features       \(facts.gather) of model \(facts.model)")
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

  private static func describe(_ head: BundleHead) -> String {
    switch head {
    case .classification(let shape):
      (shape.depth > 0 ? "lae, \(shape.depth) blocks of rank \(shape.rank)" : "linear")
        + ", \(shape.tokens) tokens of \(shape.channels) channels, "
        + (shape.pooling == .cls ? "class token" : "mean over tokens")
        + (shape.inputNorm ? ", input norm" : "")
        + ", \(shape.classes) classes, epsilon \(shape.epsilon)"
    case .segmentation(let shape):
      (shape.hidden > 0 ? "mlp on maps of width \(shape.hidden)" : "linear on maps")
        + (shape.rank > 0 ? ", lae of rank \(shape.rank)" : "") + ", levels "
        + shape.levels.map { "\($0.height)x\($0.width)x\($0.channels)" }.joined(separator: " ")
        + (shape.inputNorm ? ", input norm" : "") + (shape.norm ? ", norm" : "")
        + ", logits \(shape.outputHeight)x\(shape.outputWidth), \(shape.classes) classes, epsilon \(shape.epsilon)"
    }
  }
}
