import Foundation
import MISTFormats

/// A folder of images with one folder per class, with or without `train`, `val` (`validation`, `valid`) and `test`
/// above them. Classes are sorted by name and files by path, byte by byte, so that the order is the same everywhere.
public struct ImageFolder: Hashable, Sendable {
  public struct Split: Hashable, Sendable {
    /// `train`, `val` or `test`; a folder without splits is one `train`.
    public let name: String
    /// Paths relative to the image folder: class by class.
    public let files: [String]
    /// Class of each file.
    public let labels: [Int]
    /// Bytes of each file.
    public let sizes: [Int]
  }

  /// The path as given.
  public let path: String
  public let classes: [String]
  /// In the order `train`, `val`, `test`; only those that are there.
  public let splits: [Split]
  /// Whether the splits are folders.
  public let hasSplitFolders: Bool
  /// Files in class folders that are not images by their extension, and are left out.
  public let ignored: Int

  /// File name extensions that count as images, in any case.
  public static let extensions: Set<String> = ["jpg", "jpeg", "png"]

  private static let splitNames = [
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test",
  ]

  /// Images of all splits.
  public var count: Int { splits.reduce(0) { $0 + $1.files.count } }

  /// Lists the folder. Only folders whose names are all split names count as splits.
  /// Throws `file.not-found`, `file.unreadable`, and the `images.` codes: no class folders, a class without any image, a
  /// split that appears under two names, splits with different classes.
  public init(path: String) throws {
    self.path = path
    let folders = try Self.list(path).folders
    guard !folders.isEmpty else {
      throw MISTError(
        .imagesNoClasses, file: path, "there are no folders in it",
        advice: "put the images into one folder per class, with or without train, val and test above them")
    }
    hasSplitFolders = folders.allSatisfy { Self.splitNames[$0.lowercased()] != nil }
    var parts: [(name: String, prefix: String, classes: [String])] = []
    if hasSplitFolders {
      for folder in folders {
        let name = Self.splitNames[folder.lowercased()] ?? folder
        guard !parts.contains(where: { $0.name == name }) else {
          throw MISTError(
            .imagesSplitTwice, file: path, "two folders are the split '\(name)'", advice: "keep one of them")
        }
        parts.append((name, folder + "/", try Self.list(path + "/" + folder).folders))
      }
      parts.sort { Self.order($0.name) < Self.order($1.name) }
    } else {
      parts.append(("train", "", folders))
    }
    classes = parts.first?.classes ?? []
    for part in parts {
      guard !part.classes.isEmpty else {
        throw MISTError(.imagesNoClasses, file: path + "/" + part.prefix, "there are no class folders in it")
      }
      let difference = Set(part.classes).symmetricDifference(classes)
      if let name = difference.min() {
        let other = part.classes.contains(name) ? parts[0].prefix : part.prefix
        throw MISTError(
          .imagesClassesDiffer, file: path, "class '\(name)' has no folder in \(other)",
          advice: "every split needs the same class folders, empty ones included")
      }
    }
    var ignored = 0
    var splits: [Split] = []
    for part in parts {
      let (split, others) = try Self.split(part.name, in: path, prefix: part.prefix, classes: classes)
      splits.append(split)
      ignored += others
    }
    self.splits = splits
    self.ignored = ignored
    for (label, name) in classes.enumerated() where !splits.contains(where: { $0.labels.contains(label) }) {
      throw MISTError(
        .imagesEmptyClass, file: path, "class '\(name)' has no images",
        advice: "add images (\(Self.extensions.sorted().joined(separator: ", "))) or remove its folder")
    }
  }

  private static func order(_ split: String) -> Int { ["train", "val", "test"].firstIndex(of: split) ?? 3 }

  private static func split(
    _ name: String, in root: String, prefix: String, classes: [String]
  ) throws -> (Split, ignored: Int) {
    var files: [String] = []
    var labels: [Int] = []
    var sizes: [Int] = []
    var ignored = 0
    for (label, folder) in classes.enumerated() {
      for entry in try list(root + "/" + prefix + folder).files {
        guard extensions.contains((entry.name as NSString).pathExtension.lowercased()) else {
          ignored += 1
          continue
        }
        files.append(prefix + folder + "/" + entry.name)
        labels.append(label)
        sizes.append(entry.size)
      }
    }
    return (Split(name: name, files: files, labels: labels, sizes: sizes), ignored)
  }

  /// Visible entries of a folder, byte-wise sorted; links are followed.
  private static func list(_ folder: String) throws -> (folders: [String], files: [(name: String, size: Int)])
  {
    guard FileManager.default.fileExists(atPath: folder) else {
      throw MISTError(.fileNotFound, file: folder, "there is no such folder")
    }
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw MISTError(.fileUnreadable, file: folder, "is not a folder that can be listed")
    }
    var folders: [String] = []
    var files: [(name: String, size: Int)] = []
    for name in entries.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !name.hasPrefix(".")
    {
      var status = stat()
      guard stat(folder + "/" + name, &status) == 0 else {
        files.append((name, 0))
        continue
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: folders.append(name)
      case S_IFREG: files.append((name, Int(status.st_size)))
      default: break
      }
    }
    return (folders, files)
  }
}
