import MISTFormats

/// What lies in a folder of samples: visible entries, named relative to the source's own folder.
struct FolderListing {
  struct File: Hashable {
    let name: String
    /// Bytes.
    let size: Int

    /// Lower-case extension, and the name without it.
    var pathExtension: String { FilePath.split(name).pathExtension }
    var stem: String { FilePath.split(name).stem }
    var isImage: Bool { ImageExtension.all.contains(pathExtension) }
  }

  fileprivate(set) var folders: [String] = []
  fileprivate(set) var files: [File] = []
}

/// Lists the folders of one source, each once: one that is come by twice, by a link to it or to a folder around it, would give its
/// images twice.
struct FolderWalk {
  private let root: FilePath
  private var seen: [FileIdentity: String] = [:]

  init(_ root: String) { self.root = FilePath(root) }

  /// Lists `folder`, which is relative to the source's; links are followed. An image that is a link to nothing is listed, for its
  /// reader to say so; of anything else that cannot be examined it is not known what would be lost.
  /// Throws `file.not-found`, `file.unreadable`, `images.folder-twice`.
  mutating func list(_ folder: String) throws -> FolderListing {
    let path = root.appending(folder)
    let content = try FolderEntries(path)
    if let other = seen.updateValue(folder, forKey: content.identity) {
      throw MISTError(
        .imagesFolderTwice, file: path.text,
        "it is the same folder as '\(root.appending(other).text)', and its images would be there twice",
        advice: "remove the link")
    }
    var listing = FolderListing()
    for entry in content.entries where !entry.isHidden {
      let file = FolderListing.File(
        name: folder.isEmpty ? entry.name : folder + "/" + entry.name, size: entry.status?.size ?? 0)
      switch entry.status?.kind {
      case .folder: listing.folders.append(file.name)
      case .file: listing.files.append(file)
      // What is no file has no bytes that could be counted on.
      case .other: listing.files.append(.init(name: file.name, size: 0))
      case nil where file.isImage && entry.isDangling: listing.files.append(file)
      case nil:
        throw MISTError(
          .fileUnreadable, file: root.appending(file.name).text, "cannot be examined: \(entry.problem)",
          advice: "it may be a folder with images: repair it, or remove it")
      }
    }
    return listing
  }

  /// Files of `folder` and of all folders below it, folder by folder. Throws as `list` does.
  mutating func files(below folder: String) throws -> [FolderListing.File] {
    let listing = try list(folder)
    var files = listing.files
    for folder in listing.folders { files += try self.files(below: folder) }
    return files
  }
}

/// Names of the folders that hold splits.
enum SplitFolder {
  private static let names = [
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test",
  ]

  /// `train`, `val` or `test`, or nil when `folder` names no split.
  static func split(_ folder: String) -> String? { names[folder.lowercased()] }
}
