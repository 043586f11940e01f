import Foundation
import MISTFormats

/// What lies in a folder: visible entries, sorted byte by byte, so that the order is the same everywhere.
struct FolderListing {
  struct File: Hashable {
    let name: String
    /// Bytes.
    let size: Int

    /// Lower-case extension, and the name without it.
    var pathExtension: String { (name as NSString).pathExtension.lowercased() }
    var stem: String { (name as NSString).deletingPathExtension }
  }

  private(set) var folders: [String] = []
  private(set) var files: [File] = []

  /// Lists `folder`; links are followed. Throws `file.not-found`, `file.unreadable`.
  init(_ folder: String) throws {
    guard FileManager.default.fileExists(atPath: folder) else {
      throw MISTError(.fileNotFound, file: folder, "there is no such folder")
    }
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw MISTError(.fileUnreadable, file: folder, "is not a folder that can be listed")
    }
    for name in entries.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !name.hasPrefix(".")
    {
      var status = stat()
      guard stat(folder + "/" + name, &status) == 0 else {
        files.append(File(name: name, size: 0))
        continue
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: folders.append(name)
      case S_IFREG: files.append(File(name: name, size: Int(status.st_size)))
      default: break
      }
    }
  }

  /// Files of `folder` and of all folders below it, named relative to it, folder by folder.
  static func files(below folder: String, depth: Int = 0) throws -> [File] {
    // Links may lead back up.
    guard depth < 64 else {
      throw MISTError(.fileUnreadable, file: folder, "is nested too deeply, or links to itself")
    }
    let listing = try FolderListing(folder)
    return try listing.files
      + listing.folders.flatMap { name in
        try files(below: folder + "/" + name, depth: depth + 1).map {
          File(name: name + "/" + $0.name, size: $0.size)
        }
      }
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
