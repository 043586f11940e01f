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
  package var ignored: Int { others.count }
  private let others: LeftOut
  /// Images that lie beside the folders of splits.
  private let beside: LeftOut
  /// Annotations without an image, relative to the folder; they are left out.
  package let unused: [String]

  package var task: FeatureTask { .segmentation }
  package var notes: [String] {
    let annotations = unused.first.map {
      "left out \(unused.count) annotations without an image, such as '\($0)'"
    }
    return [
      others.note(LeftOut.notImages), beside.note("images beside the folders of splits"), annotations,
    ].compactMap { $0 }
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
      (try? FileStatus(path + "/" + name))?.kind == .folder
    }
  }

  /// Lists the folder. Throws `file.not-found`, `file.unreadable`, `images.split-twice`, `images.none`,
  /// `images.same-stem`, `images.folder-twice`, `masks.missing` and `masks.same-stem`.
  package init(path: String) throws {
    self.path = path
    var walk = FolderWalk(path)
    var beside = LeftOut()
    let images = try Self.parts(path, Self.images, &walk, &beside)
    var unread = LeftOut()
    let annotations = try Self.parts(path, Self.annotations, &walk, &unread)
    var splits: [SampleSplit] = []
    var ignored = LeftOut()
    var unused: [String] = []
    for (name, folder) in images.sorted(by: { SampleSplit.order($0.key) < SampleSplit.order($1.key) }) {
      guard let other = annotations[name] else {
        throw MISTError(
          .masksMissing, file: path + "/" + folder.name,
          "there is no folder of annotations for the split '\(name)'",
          advice: "every image needs a PNG of its name below \(Self.annotations)")
      }
      var pairing = try Pairing(path, annotations: other, &walk)
      splits.append(try pairing.split(name, images: folder, &walk, &ignored))
      unused += pairing.unused
    }
    for name in Set(annotations.keys).subtracting(images.keys).sorted() {
      unused += try annotations[name]?.files(&walk).map(\.name) ?? []
    }
    self.splits = splits
    self.unused = unused
    (others, self.beside) = (ignored, beside)
    guard splits.contains(where: { !$0.files.isEmpty }) else {
      throw MISTError(
        .imagesNone, file: path + "/" + Self.images, "there are no images in it",
        advice: "add images (\(ImageExtension.list))")
    }
  }

  /// A folder with the images or the annotations of a split; `listing` is what is known of it already.
  fileprivate struct Part {
    let name: String
    var listing: FolderListing?

    /// Its files, and those of all folders below it.
    func files(_ walk: inout FolderWalk) throws -> [FolderListing.File] {
      guard let listing else { return try walk.files(below: name) }
      var files = listing.files
      for folder in listing.folders { files += try walk.files(below: folder) }
      return files
    }
  }

  /// The folders of splits below `kind`, by the split's name.
  private static func parts(
    _ root: String, _ kind: String, _ walk: inout FolderWalk, _ beside: inout LeftOut
  ) throws -> [String: Part] {
    let listing = try walk.list(kind)
    func split(_ folder: String) -> String? { SplitFolder.split(FilePath.name(folder, in: kind)) }
    guard !listing.folders.isEmpty, listing.folders.allSatisfy({ split($0) != nil }) else {
      return ["train": Part(name: kind, listing: listing)]
    }
    for file in listing.files where file.isImage { beside.add(file.name) }
    var parts: [String: Part] = [:]
    for folder in listing.folders {
      let name = split(folder) ?? folder
      guard parts.updateValue(Part(name: folder), forKey: name) == nil else {
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
  private(set) var unused: [String] = []

  init(_ root: String, annotations: SegmentationFolder.Part, _ walk: inout FolderWalk) throws {
    self.root = root
    folder = annotations.name
    for file in try annotations.files(&walk) where file.pathExtension == "png" {
      guard masks.updateValue(file, forKey: Self.stem(file, folder)) == nil else {
        throw MISTError(
          .masksSameStem, file: root + "/" + file.name,
          "another annotation has the same name but for the extension", advice: "keep one of them")
      }
    }
  }

  private static func stem(_ file: FolderListing.File, _ folder: String) -> String {
    FilePath.name(file.stem, in: folder)
  }

  mutating func split(
    _ name: String, images: SegmentationFolder.Part, _ walk: inout FolderWalk, _ ignored: inout LeftOut
  ) throws -> SampleSplit {
    var pairs: [(image: FolderListing.File, mask: FolderListing.File)] = []
    var stems: Set<String> = []
    for file in try images.files(&walk) {
      guard file.isImage else {
        ignored.add(file.name)
        continue
      }
      let path = root + "/" + file.name
      let stem = Self.stem(file, images.name)
      guard stems.insert(stem).inserted else {
        throw MISTError(
          .imagesSameStem, file: path, "another image has the same name but for the extension",
          advice: "keep one of them")
      }
      guard let mask = masks.removeValue(forKey: stem) else {
        throw MISTError(
          .masksMissing, file: path, "it has no annotation \(folder)/\(stem).png",
          advice: "add it, or remove the image")
      }
      pairs.append((file, mask))
    }
    unused = masks.values.map(\.name).sorted()
    return SampleSplit(
      name: name, files: pairs.map(\.image.name), sizes: pairs.map(\.image.size),
      masks: pairs.map(\.mask.name), maskSizes: pairs.map(\.mask.size))
  }
}
