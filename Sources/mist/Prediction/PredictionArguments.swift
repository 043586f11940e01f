import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTInference
import MISTModels
import MISTTuning
import MISTVision

/// What the words of a `mist predict` command are, told by what the files hold and not by their names.
enum PredictionArguments {
  /// A model, a head file or bundle (nil: the model's own decode head), and images or folders of images.
  case images(model: String, head: HeadFile?, images: [String])
  /// A bundle, and files of features.
  case features(bundle: String, shards: [String])

  /// Throws `usage` for files that do not go together, `file.not-found`, and what opening a feature store throws.
  init(_ paths: [String]) throws {
    let kinds = try paths.map(Kind.init)
    guard let first = kinds.first else { throw Self.usage("MODEL is missing") }
    switch first {
    case .bundle:
      guard kinds.count > 1 else { throw Self.usage("a bundle alone was given: name files of features too") }
      self = .features(
        bundle: paths[0], shards: try zip(paths, kinds).dropFirst().flatMap { try Self.shards($0, $1) })
    case .head: throw Self.usage("'\(paths[0])' is a head, and its model comes before it")
    case .features: throw Self.usage("'\(paths[0])' holds features, and a bundle comes before them")
    case .image, .folder: throw Self.usage("'\(paths[0])' is no model, and images come after the model")
    case .model, .unknown:
      let head: HeadFile? =
        switch kinds.dropFirst().first {
        case .head: .head(paths[1])
        case .bundle: .bundle(paths[1])
        default: nil
        }
      let start = head == nil ? 1 : 2
      guard paths.count > start else { throw Self.usage("no image was given") }
      for (path, kind) in zip(paths, kinds).dropFirst(start) {
        switch kind {
        case .image, .folder: break
        case .unknown: try Self.expectImage(path)
        case .features:
          throw Self.usage("'\(path)' holds features, which are predicted from by a bundle without the model")
        case .model, .head, .bundle:
          throw Self.usage("'\(path)' is \(kind.name), where an image or a folder of images is expected")
        }
      }
      self = .images(model: paths[0], head: head, images: Array(paths[start...]))
    }
  }

  /// Throws unless `path`, whose first bytes are no image's, is called one: its decoder says what is wrong with that. A damaged head
  /// must not pass as an image, which would leave the others to the model's own decode head.
  private static func expectImage(_ path: String) throws {
    let ending = FilePath.split(path).pathExtension
    guard !ImageExtension.all.contains(ending) else { return }
    if ending == "safetensors" { _ = try SafetensorsArchive(path: path) }
    throw MISTError(
      .imageUnknownFormat, file: path, "it is no image, folder, head or bundle",
      advice: "images are JPEG or PNG files")
  }

  private static func usage(_ problem: String) -> MISTError {
    MISTError(
      .usage, problem,
      advice: "use MODEL [HEAD | BUNDLE] IMAGE ..., or BUNDLE FEATURES ...; see mist predict --help")
  }

  /// The shards that a file or a feature store is.
  private static func shards(_ path: String, _ kind: Kind) throws -> [String] {
    switch kind {
    case .features: return [path]
    case .folder where FeatureStore.exists(at: path):
      return try FeatureStore(path: path).manifest.splits.flatMap(\.shards).map { path + "/" + $0.file }
    case .image, .folder:
      throw usage("'\(path)' is no file of features; for images name the model before the bundle")
    // Opening it as features says what is wrong with it.
    case .unknown: return [path]
    case .model, .head, .bundle: throw usage("'\(path)' is \(kind.name), where features are expected")
    }
  }

  private enum Kind {
    case model, head, bundle, features, image, folder, unknown

    /// Throws `file.not-found`, and `file.unreadable` for what is neither a folder nor a regular file.
    init(_ path: String) throws {
      guard let status = try FileStatus(path) else {
        throw MISTError(.fileNotFound, file: path, "there is no such file")
      }
      guard status.kind != .folder else {
        self = .folder
        return
      }
      let start: [UInt8]
      do {
        let file = try FileBytes(path: path)
        start = try file.read(0..<min(9, file.count))
      } catch let error as MISTError { throw error.inFile(path) }
      if start.starts(with: [0xFF, 0xD8, 0xFF]) || start.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
        self = .image
      } else if start.starts(with: HeadFile.bundleMagic) {
        self = .bundle
      } else if start.count == 9, start[8] == UInt8(ascii: "{"),
        let archive = try? SafetensorsArchive(path: path)
      {
        self =
          if Head.isHead(archive.metadata) {
            .head
          } else if CanonicalMetadata.claims(archive.metadata) {
            .model
          } else if archive.metadata["mist.format"] == "feature-shard" {
            .features
          } else {
            .unknown
          }
      } else {
        self = .unknown
      }
    }

    var name: String {
      switch self {
      case .model: "a model"
      case .head: "a head"
      case .bundle: "a bundle"
      case .features: "a file of features"
      case .image: "an image"
      case .folder: "a folder"
      case .unknown: "of an unknown kind"
      }
    }
  }
}
