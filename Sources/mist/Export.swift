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

      `--report` says of every type what the bundle takes and how well it does on the store's validation samples; `--dtype auto` takes
      the smallest that loses at most --max-drop points there.

      Examples:
        mist export head.safetensors -o head.mistedge --dtype int8 --features features
        mist export head.safetensors -o head.mistedge --dtype auto --max-drop 0.3 --report --features features
        mist export head.safetensors -o head.c --format c-array
      """)

  enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case bundle
    case cArray = "c-array"
  }

  enum WeightType: String, ExpressibleByArgument, CaseIterable {
    case f32, f16, int8
    /// The smallest that is good enough.
    case auto

    /// nil for `auto`.
    var stored: StoredType? {
      switch self {
      case .f32: .f32
      case .f16: .f16
      case .int8: .int8
      case .auto: nil
      }
    }
  }

  @Argument(help: "A head that mist train or mist fold wrote, for classification or segmentation.")
  var head: String

  @Option(name: [.short, .long], help: "The bundle to write.")
  var output: String

  @Option(help: "bundle, or c-array: C source of an array for a device's flash, named after the file.")
  var format = OutputFormat.bundle

  @Option(help: "Element type of the weights: f32, f16, int8, or auto: the smallest within --max-drop.")
  var dtype = WeightType.f32

  @Option(
    help: "With --dtype auto: points of accuracy, or of mean IoU, that the bundle may lose. Default: 0.3.")
  var maxDrop: Double?

  @Option(help: "A feature store to take the golden input from, and to measure on.")
  var features: String?

  @Option(help: "Size of the golden input: none, compact or full.")
  var golden = GoldenSize.compact

  @Flag(help: "Measure every element type: size, costs, accuracy.")
  var report = false

  @Option(help: "Threads to measure on; by default one per processor.")
  var threads: Int?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try NumberOption.check("threads", threads, NumberOption.threads)
    guard features != nil || !measures else {
      throw ValidationError("--report and --dtype auto measure on a feature store: name it by --features.")
    }
    guard maxDrop == nil || dtype == .auto else { throw ValidationError("--max-drop is for --dtype auto.") }
    if let maxDrop, !(0...100).contains(maxDrop) {
      throw ValidationError("--max-drop must be within 0…100.")
    }
    guard threads == nil || measures else {
      throw ValidationError("--threads is for --report and --dtype auto: nothing else takes time.")
    }
  }

  /// Whether bundles of every type are made and measured.
  private var measures: Bool { report || dtype == .auto }

  func run() throws {
    let head = try Head.read(head)
    let store = try features.map { try FeatureStore(path: $0) }
    let input = try store.map { try GoldenInput($0, for: head) }
    if let note = store?.manifest.precision.note(trained: head.description.precision) { Console.note(note) }
    let (bundle, variants): (EncodedBundle, BundleVariants?)
    do {
      (bundle, variants) = try made(head, store, input)
    } catch let error as MISTError {
      throw error.file == nil ? error.inFile(self.head) : error
    }
    try bundle.write(to: output, asArray: format == .cArray ? CArray.name(of: output) : nil)
    let report = ExportReport(self, head, bundle, variants)
    if json { try Console.json(report) } else { report.print() }
  }

  /// The bundle to write, and where types are measured one of each.
  private func made(
    _ head: Head, _ store: FeatureStore?, _ input: GoldenInput?
  ) throws -> (EncodedBundle, BundleVariants?) {
    guard measures, let store else {
      let writer = BundleWriter(type: dtype.stored ?? .f32, golden: golden)
      return (try writer.encode(BundleContents(head), input: input), nil)
    }
    let variants = try BundleVariants(
      head, golden: golden, input: input, on: store, threads: threads ?? ProcessFacts.processors)
    for note in variants.notes { Console.note(note) }
    guard let type = dtype.stored else {
      guard let chosen = variants.smallest(within: maxDrop ?? Self.defaultMaxDrop) else {
        throw MISTError(.bug, "not even a bundle of f32 was made")
      }
      return (chosen.bundle, variants)
    }
    let named = variants.all.first { $0.type == type }?.bundle
    // Where there is none, this says why.
    return (
      try named ?? BundleWriter(type: type, golden: golden).encode(BundleContents(head), input: input),
      variants
    )
  }

  static let defaultMaxDrop = 0.3
}

extension GoldenSize: ExpressibleByArgument {}
