import ArgumentParser
import MISTBundle
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning

/// `mist export`: from a trained head to the one file that a device loads.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a trained head as an edge bundle for mist-edge.",
    discussion: """
      The bundle holds the head's weights, class names, preprocessing, the backbone and gather it belongs to, and a golden input \
      with its logits, by which a device checks its own arithmetic (`mist-edge selftest`). The golden input is a sample of the \
      feature store given with --features, else synthetic; `compact` keeps 16 of its tokens, or of maps as many positions as make \
      the coarsest 2×2 and a single one 4×4, `full` all.

      Example:
        mist export head.safetensors -o head.mistedge --dtype int8 --features features
        mist export head.safetensors -o head.c --format c-array
      """)

  enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case bundle
    case cArray = "c-array"
  }

  enum WeightType: String, ExpressibleByArgument, CaseIterable {
    case f32, f16, int8

    var stored: StoredType {
      switch self {
      case .f32: .f32
      case .f16: .f16
      case .int8: .int8
      }
    }
  }

  @Argument(help: "A head that mist train or mist fold wrote, for classification or segmentation.")
  var head: String

  @Option(name: [.short, .long], help: "The bundle to write.")
  var output: String

  @Option(help: "bundle, or c-array: C source of an array for a device's flash, named after the file.")
  var format = OutputFormat.bundle

  @Option(help: "Element type of the weights: f32, f16 or int8.")
  var dtype = WeightType.f32

  @Option(help: "A feature store to take the golden input from.")
  var features: String?

  @Option(help: "Size of the golden input: none, compact or full.")
  var golden = GoldenSize.compact

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let head = try Head.read(head)
    let input = try features.map { path in
      let store = try FeatureStore(path: path)
      let input = try GoldenInput(store, for: head)
      if let note = store.manifest.precision.note(trained: head.description.precision) { Console.note(note) }
      return input
    }
    let bundle: EncodedBundle
    do {
      bundle = try BundleWriter(type: dtype.stored, golden: golden).encode(BundleContents(head), input: input)
    } catch let error as MISTError {
      throw error.inFile(self.head)
    }
    try bundle.write(to: output, asArray: format == .cArray ? CArray.name(of: output) : nil)
    let report = ExportReport(self, bundle)
    if json { try Console.json(report) } else { report.print() }
  }
}

extension GoldenSize: ExpressibleByArgument {}

/// What `mist export` prints.
private struct ExportReport: Encodable {
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

  init(_ export: Export, _ bundle: EncodedBundle) {
    self.bundle = export.output
    bytes = bundle.bytes.count
    declaration =
      export.format == .cArray
      ? CArray.declaration(CArray.name(of: export.output), count: bundle.bytes.count) : nil
    dtype = export.dtype.rawValue
    golden = export.golden.rawValue
    goldenSource = export.golden == .none ? nil : export.features ?? "synthetic"
    sections = bundle.sections.map { Section(id: $0.id.name, bytes: $0.count) }
    maxWeightError = bundle.maximumWeightError
    maxRelativeWeightError = bundle.maximumRelativeWeightError
    goldenLogitError = bundle.goldenLogitError
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
  }
}
