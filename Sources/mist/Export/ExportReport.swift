import MISTBundle
import MISTEdge
import MISTFormats
import MISTTuning

/// What `mist export` prints.
struct ExportReport: Encodable {
  struct Section: Encodable {
    let id: String
    let bytes: Int
  }

  let bundle: String
  let bytes: Int
  /// What a program says that uses the array; nil for a bundle.
  let declaration: String?
  let dtype: String
  let golden: String
  let goldenSource: String?
  let sections: [Section]
  let maxWeightError: Float
  let maxRelativeWeightError: Float
  let goldenLogitError: Float?
  /// Of every element type, where they were measured.
  let variants: [Variant]?
  /// What a device takes to run the head, per image; and bytes of training it on one thread.
  let cost: NetworkCost?
  let trainingBytes: Int?
  /// What arXiv 2406.17559 prints of the method on ViT-B/16.
  let paper: PaperRow?
  /// What their score is: `accuracy`, `mIoU`.
  let scoreLabel: String?

  struct Variant: Encodable {
    let dtype: String
    let bytes: Int
    let score: Double
    let standardError: Double?
    /// How much less than f32's the score is.
    let drop: Double
  }

  init(_ export: Export, _ head: Head, _ bundle: EncodedBundle, _ variants: BundleVariants?) {
    self.bundle = export.output
    bytes = bundle.bytes.count
    declaration =
      export.format == .cArray
      ? CArray.declaration(CArray.name(of: export.output), count: bundle.bytes.count) : nil
    let chosen = variants?.all.first { $0.bundle.bytes == bundle.bytes }
    dtype = chosen.map { "\($0.type)" } ?? export.dtype.rawValue
    golden = export.golden.rawValue
    goldenSource = export.golden == .none ? nil : export.features ?? "synthetic"
    sections = bundle.sections.map { Section(id: $0.id.name, bytes: $0.count) }
    maxWeightError = bundle.maximumWeightError
    maxRelativeWeightError = bundle.maximumRelativeWeightError
    goldenLogitError = bundle.goldenLogitError
    self.variants = variants?.all.map {
      Variant(
        dtype: "\($0.type)", bytes: $0.bundle.bytes.count, score: $0.score, standardError: $0.error,
        drop: $0.drop)
    }
    scoreLabel = variants?.scoreLabel
    cost = variants?.cost
    trainingBytes = cost?.training
    paper = cost == nil ? nil : SeparatedMethod(head.shape)?.paper
  }

  func print() {
    Console.line("\(bundle)  \(Format.bytes(bytes)) (\(bytes) bytes), weights \(dtype)")
    if let declaration { Console.line("  \(declaration)") }
    for section in sections {
      let count = String(section.bytes)
      Console.line(
        "  \(section.id)  " + String(repeating: " ", count: max(0, 9 - count.count)) + count + " bytes")
    }
    if dtype != "f32" {
      Console.line(
        "largest weight error \(Format.scientific(Double(maxWeightError))), "
          + "\(Format.scientific(Double(maxRelativeWeightError))) of its matrix's largest magnitude")
    }
    if let goldenLogitError, let goldenSource {
      Console.line(
        "golden pair (\(golden), \(goldenSource)): its logits differ from the f32 head's by at most "
          + Format.scientific(Double(goldenLogitError)))
    }
    if let variants, let cost { printVariants(variants, cost) }
  }

  /// Of every type what it takes and how well it does, and the paper's row in its own units.
  private func printVariants(_ variants: [Variant], _ cost: NetworkCost) {
    var table = Table([
      ("", .left), ("weights", .left), ("bundle", .right), ("val \(scoreLabel ?? "score")", .right),
      ("error", .right),
      ("drop", .right),
    ])
    for variant in variants {
      table.add([
        variant.dtype == dtype ? "*" : "", variant.dtype, Format.bytes(variant.bytes),
        Format.percent(variant.score),
        variant.standardError.map(Format.percent) ?? "-", Format.percent(variant.drop),
      ])
    }
    for line in table.lines { Console.line(line) }
    var costs =
      "per image \(Format.bytes(cost.transfer)) of features, \(cost.parameters) parameters, "
      + "\(Format.decimal(Double(cost.multiplyAdds.total) / 1e9, 3)) GMAC"
    if let prediction = cost.prediction { costs += "; predicts in \(Format.bytes(prediction))" }
    if let trainingBytes { costs += ", trains in \(Format.bytes(trainingBytes)) on one thread" }
    Console.line(costs)
    guard let paper else { return }
    let edge = paper.edge.map { ", \($0) GMAC" } ?? ""
    Console.line(
      "arXiv 2406.17559, ViT-B/16, \(paper.method): \(paper.transfer ?? "-") MB, \(paper.parameters) M parameters"
        + "\(edge); VTAB-1k \(paper.accuracy.last ?? "-")")
  }
}
