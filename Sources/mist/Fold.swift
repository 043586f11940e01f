import ArgumentParser
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTTuning

struct Fold: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fold",
    abstract: "Make a head of a SegFormer decode head that was trained elsewhere.",
    discussion: """
      SOURCE is a converted model with a decode head, or any checkpoint with the decode head's tensors under SegFormer's names,
      alone or beside an encoder. Linear layers, fuse convolution and batch norm become one matrix per level, the same
      function; the head is bound to the features' model, levels and classes.

      Examples:
        mist fold segformer.safetensors --features scenes --k final -o head.safetensors
        mist fold decode-head.safetensors --features scenes --k 27 -o head.safetensors
      """)

  @Argument(help: "A converted model, or a checkpoint with a decode head.")
  var source: String

  @Option(help: "The feature store that the head is for.")
  var features: String

  @Option(
    help:
      "The gather depth it reads, or 'final' for the model's own output. Default: a converted model's head reads final, any other the only feature there is."
  )
  var k: String?

  @Option(name: .shortAndLong, help: "The head file to write.")
  var output: String

  func validate() throws {
    if k != nil, choice() == nil { throw ValidationError("--k is a gather depth or 'final'.") }
  }

  func run() throws {
    let store = try FeatureStore(path: features)
    let manifest = store.manifest
    let path = try ModelSource.modelFile(source)
    let archive = try openArchive(path)
    let head: Head
    do {
      if CanonicalMetadata.claims(archive.metadata) {
        let checkpoint = try CanonicalCheckpoint.open(path)
        try check(try checkpoint.modelHash(), manifest)
        head = try Head.fold(
          try MergedDecodeHead(checkpoint), names: checkpoint.classNames, feature: choice() ?? .final,
          manifest: manifest)
      } else {
        head = try Head.fold(
          try MergedDecodeHead(archive: archive), feature: try feature(manifest), manifest: manifest)
      }
    } catch let error as MISTError {
      throw error.inFile(source)
    }
    try head.write(to: output)
    Console.line(
      "wrote \(output): \(head.shape.streams.count) levels to \(head.shape.classifierInput) channels to \(head.shape.classes) classes on "
        + "\(head.description.feature.label), \(head.parameters.count) parameters")
  }

  private func choice() -> Feature? { k.flatMap(Feature.init(option:)) }

  private func feature(_ manifest: StoreManifest) throws -> Feature {
    if let choice = choice() { return choice }
    let stored = manifest.storedFeatures
    guard stored.count == 1, let only = stored.first else {
      throw MISTError(
        .usage, "--k must say which feature the decode head was trained on",
        advice: "the features hold \(stored.labels)")
    }
    return only
  }

  private func check(_ hash: String, _ manifest: StoreManifest) throws {
    guard hash == manifest.model.hash else {
      throw MISTError(
        .headModelMismatch,
        "the decode head belongs to model \(hash.prefix(12)), and the features are of \(manifest.model.hash.prefix(12)) (\(manifest.model.source))",
        advice: "extract the images with this model")
    }
  }
}
