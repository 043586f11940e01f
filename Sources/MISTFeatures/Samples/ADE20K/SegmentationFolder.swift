import Foundation
import MISTFormats

/// A folder of annotated images as ADE20K lays them out: `images/training/**` with an image per scene and
/// `annotations/training/**` with a PNG of the same name per image, likewise `validation` and `test` (or `train`, `val`,
/// `valid`). Without folders of splits below `images`, everything there is one `train`.
package struct SegmentationFolder: Hashable, FolderSource, SampleSourceKind {
  /// The path as given.
  package let path: String
  /// Names of the classes, which stand in a file of their own.
  package var classes: [String] = []
  /// Images and annotations are named relative to the folder, sorted.
  package let splits: [SampleSplit]
  /// Files below `images` that are not images by their extension, and are left out.
  package let ignored: Int
  /// Annotations without an image, relative to the folder; they are left out.
  package let unused: [String]

  package var task: FeatureTask { .segmentation }
  package var notes: [String] {
    guard let first = unused.first else { return Self.notes(ignored: ignored) }
    return Self.notes(ignored: ignored)
      + ["left out \(unused.count) annotations without an image, such as '\(first)'"]
  }

  static func accepts(_ request: SampleRequest) -> Bool {
    request.task.map { $0 == .segmentation } ?? request.paths.first.map(isOne) ?? false
  }

  static func open(_ request: SampleRequest) throws -> SegmentationFolder {
    let path = try request.path()
    var folder = try SegmentationFolder(path: path)
    folder.classes = try ClassList.read(request.classes, folder: path)
    return folder
  }

  static let images = "images"
  static let annotations = "annotations"

  /// Whether the folder at `path` has this layout.
  package static func isOne(_ path: String) -> Bool {
    [images, annotations].allSatisfy { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
        && isFolder.boolValue
    }
  }

  /// Lists the folder. Throws `file.not-found`, `file.unreadable`, `images.split-twice`, `images.none`,
  /// `images.same-stem`, `masks.missing` and `masks.same-stem`.
  package init(path: String) throws {
    self.path = path
    let images = try Self.parts(path, Self.images)
    let annotations = try Self.parts(path, Self.annotations)
    var splits: [SampleSplit] = []
    var ignored = 0
    var unused: [String] = []
    for (name, folder) in images.sorted(by: { SampleSplit.order($0.key) < SampleSplit.order($1.key) }) {
      guard let other = annotations[name] else {
        throw MISTError(
          .masksMissing, file: path + "/" + folder,
          "there is no folder of annotations for the split '\(name)'",
          advice: "every image needs a PNG of its name below \(Self.annotations)")
      }
      var pairing = try Pairing(path, annotations: other)
      splits.append(try pairing.split(name, images: folder))
      ignored += pairing.ignored
      unused += pairing.unused
    }
    for name in Set(annotations.keys).subtracting(images.keys).sorted() {
      unused += try FolderListing.files(below: path + "/" + (annotations[name] ?? "")).map {
        (annotations[name] ?? "") + "/" + $0.name
      }
    }
    self.splits = splits
    self.ignored = ignored
    self.unused = unused
    guard splits.contains(where: { !$0.files.isEmpty }) else {
      throw MISTError(
        .imagesNone, file: path + "/" + Self.images, "there are no images in it",
        advice: "add images (\(ImageExtension.list))")
    }
  }

  /// The folders of splits below `kind`, relative to `root`, by the split's name.
  private static func parts(_ root: String, _ kind: String) throws -> [String: String] {
    let folders = try FolderListing(root + "/" + kind).folders
    guard !folders.isEmpty, folders.allSatisfy({ SplitFolder.split($0) != nil }) else {
      return ["train": kind]
    }
    var parts: [String: String] = [:]
    for folder in folders {
      let name = SplitFolder.split(folder) ?? folder
      guard parts.updateValue(kind + "/" + folder, forKey: name) == nil else {
        throw MISTError(
          .imagesSplitTwice, file: root + "/" + kind, "two folders are the split '\(name)'",
          advice: "keep one of them")
      }
    }
    return parts
  }
}

/// Finds the annotation of every image of a split.
private struct Pairing {
  private let root: String
  private let folder: String
  /// By the path below `folder`, without its extension.
  private var masks: [String: FolderListing.File] = [:]
  private(set) var ignored = 0
  private(set) var unused: [String] = []

  init(_ root: String, annotations: String) throws {
    self.root = root
    folder = annotations
    for file in try FolderListing.files(below: root + "/" + annotations) where file.pathExtension == "png" {
      guard masks.updateValue(file, forKey: file.stem) == nil else {
        throw MISTError(
          .masksSameStem, file: root + "/" + annotations + "/" + file.name,
          "another annotation has the same name but for the extension", advice: "keep one of them")
      }
    }
  }

  mutating func split(_ name: String, images: String) throws -> SampleSplit {
    var pairs: [(image: FolderListing.File, mask: FolderListing.File)] = []
    var stems: Set<String> = []
    for file in try FolderListing.files(below: root + "/" + images) {
      guard ImageExtension.all.contains(file.pathExtension) else {
        ignored += 1
        continue
      }
      let path = root + "/" + images + "/" + file.name
      guard stems.insert(file.stem).inserted else {
        throw MISTError(
          .imagesSameStem, file: path, "another image has the same name but for the extension",
          advice: "keep one of them")
      }
      guard let mask = masks.removeValue(forKey: file.stem) else {
        throw MISTError(
          .masksMissing, file: path, "it has no annotation \(folder)/\(file.stem).png",
          advice: "add it, or remove the image")
      }
      pairs.append((file, mask))
    }
    unused = masks.values.map { folder + "/" + $0.name }.sorted()
    return SampleSplit(
      name: name, files: pairs.map { images + "/" + $0.image.name },
      sizes: pairs.map(\.image.size), masks: pairs.map { folder + "/" + $0.mask.name },
      maskSizes: pairs.map(\.mask.size))
  }
}
