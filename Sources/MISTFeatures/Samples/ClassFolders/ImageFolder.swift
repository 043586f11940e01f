import MISTFormats

/// A folder of images with one folder per class, with or without `train`, `val` (`validation`, `valid`) and `test`
/// above them. Classes are sorted by name and files by path, byte by byte, so that the order is the same everywhere.
package struct ImageFolder: Hashable, FolderSource, SampleSourceKind {
  /// The path as given.
  package let path: String
  package let classes: [String]
  /// Class by class; a folder without splits is one `train`.
  package let splits: [SampleSplit]
  /// Whether the splits are folders.
  package let hasSplitFolders: Bool
  /// Files in class folders that are not images by their extension, and are left out.
  package var ignored: Int { others.count }
  private let others: LeftOut
  /// Images that lie beside the class folders, and in folders below them.
  private let beside: LeftOut
  private let below: LeftOut

  package var task: FeatureTask { .classification }
  package var notes: [String] {
    [
      others.note(LeftOut.notImages), beside.note("images beside the folders of classes"),
      below.note("images in folders below those of classes"),
    ].compactMap { $0 }
  }

  static func accepts(_ request: SampleRequest) -> Bool { request.task != .segmentation }

  static func open(_ request: SampleRequest) throws -> ImageFolder {
    guard request.classes == nil else {
      throw MISTError(
        .usage, "--classes was given, and the folders of images are named after their classes",
        advice: "leave it out")
    }
    return try ImageFolder(path: request.path())
  }

  /// Lists the folder. Only folders whose names are all split names count as splits.
  /// Throws `file.not-found`, `file.unreadable`, and the `images.` codes: no class folders, a class without any image, a
  /// split that appears under two names, splits with different classes, classes that only look the same, a folder that is
  /// there twice.
  package init(path: String) throws {
    self.path = path
    var lister = ClassLister(path)
    let parts = try lister.parts()
    classes = parts.list.first?.classes ?? []
    hasSplitFolders = parts.areSplits
    for part in parts.list { try ClassLister.compare(part, with: parts.list[0], path) }
    splits = try parts.list.map { try lister.split($0) }
    (others, beside, below) = (lister.others, lister.beside, lister.below)
    let used = Set(splits.flatMap(\.labels))
    if let empty = classes.indices.first(where: { !used.contains($0) }) {
      throw MISTError(
        .imagesEmptyClass, file: path, "class '\(classes[empty])' has no images",
        advice: "add images (\(ImageExtension.list)) or remove its folder")
    }
  }
}

/// Finds the classes of every split, and their images.
private struct ClassLister {
  /// A split; `folder` is where its classes lie, relative to the source.
  struct Part {
    let name: String
    let folder: String
    let classes: [String]
    var prefix: String { folder.isEmpty ? "" : folder + "/" }
  }

  private let path: String
  private var walk: FolderWalk
  private(set) var others = LeftOut()
  private(set) var beside = LeftOut()
  private(set) var below = LeftOut()

  init(_ path: String) { (self.path, walk) = (path, FolderWalk(path)) }

  /// The splits in order; one `train` where there are no folders of them.
  mutating func parts() throws -> (list: [Part], areSplits: Bool) {
    let folders = try self.folders("")
    guard !folders.isEmpty else {
      throw MISTError(
        .imagesNoClasses, file: path, "there are no folders in it",
        advice: "put the images into one folder per class, with or without train, val and test above them")
    }
    guard folders.allSatisfy({ SplitFolder.split($0) != nil }) else {
      try Self.checkNames(folders, path)
      return ([Part(name: "train", folder: "", classes: folders)], false)
    }
    var parts: [Part] = []
    for folder in folders {
      let name = SplitFolder.split(folder) ?? folder
      guard !parts.contains(where: { $0.name == name }) else {
        throw MISTError(
          .imagesSplitTwice, file: path, "two folders are the split '\(name)'", advice: "keep one of them")
      }
      let classes = try self.folders(folder).map { FilePath.name($0, in: folder) }
      let place = FilePath(path).appending(folder).text
      guard !classes.isEmpty else {
        throw MISTError(.imagesNoClasses, file: place + "/", "there are no class folders in it")
      }
      try Self.checkNames(classes, place)
      parts.append(Part(name: name, folder: folder, classes: classes))
    }
    return (parts.sorted { SampleSplit.order($0.name) < SampleSplit.order($1.name) }, true)
  }

  private mutating func folders(_ folder: String) throws -> [String] {
    let listing = try walk.list(folder)
    for file in listing.files where file.isImage { beside.add(file.name) }
    return listing.folders
  }

  mutating func split(_ part: Part) throws -> SampleSplit {
    var split = SampleSplit(name: part.name, files: [], sizes: [])
    for (label, name) in part.classes.enumerated() {
      let listing = try walk.list(part.prefix + name)
      for file in listing.files {
        guard file.isImage else {
          others.add(file.name)
          continue
        }
        split.files.append(file.name)
        split.labels.append(label)
        split.sizes.append(file.size)
      }
      for folder in listing.folders {
        for file in try walk.files(below: folder) where file.isImage { below.add(file.name) }
      }
    }
    return split
  }

  /// Throws `images.same-class` for two names that are one but for the code points that their letters are written in.
  private static func checkNames(_ names: [String], _ path: String) throws {
    var seen: [String: String] = [:]
    for name in names {
      if let other = seen.updateValue(name, forKey: name) { throw sameClass(name, other, path) }
    }
  }

  private static func sameClass(_ name: String, _ other: String, _ path: String) -> MISTError {
    func spelled(_ name: String) -> String {
      name.unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
    }
    return MISTError(
      .imagesSameClass, file: path,
      "two folders read '\(name)' and are written differently, '\(spelled(other))' and '\(spelled(name))'",
      advice: "rename one like the other, and put the images of one class into one folder")
  }

  /// Throws `images.classes-differ`, and `images.same-class`, where a split's classes are not the `first` one's.
  static func compare(_ part: Part, with first: Part, _ path: String) throws {
    // Strings are equal however their letters are composed.
    if let name = Set(part.classes).symmetricDifference(first.classes).min() {
      let other = part.classes.contains(name) ? first.prefix : part.prefix
      throw MISTError(
        .imagesClassesDiffer, file: path, "class '\(name)' has no folder in \(other)",
        advice: "every split needs the same class folders, empty ones included")
    }
    let own = Dictionary(uniqueKeysWithValues: part.classes.map { ($0, $0) })
    for name in first.classes {
      guard let other = own[name], !other.utf8.elementsEqual(name.utf8) else { continue }
      throw sameClass(other, name, path)
    }
  }
}
