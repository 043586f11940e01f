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

  /// Images of all splits.
  public var count: Int { splits.reduce(0) { $0 + $1.files.count } }

  /// Lists the folder. Only folders whose names are all split names count as splits.
  /// Throws `file.not-found`, `file.unreadable`, and the `images.` codes: no class folders, a class without any image, a
  /// split that appears under two names, splits with different classes.
  public init(path: String) throws {
    self.path = path
    let folders = try FolderListing(path).folders
    guard !folders.isEmpty else {
      throw MISTError(
        .imagesNoClasses, file: path, "there are no folders in it",
        advice: "put the images into one folder per class, with or without train, val and test above them")
    }
    hasSplitFolders = folders.allSatisfy { SplitFolder.split($0) != nil }
    var parts: [(name: String, prefix: String, classes: [String])] = []
    if hasSplitFolders {
      for folder in folders {
        let name = SplitFolder.split(folder) ?? folder
        guard !parts.contains(where: { $0.name == name }) else {
          throw MISTError(
            .imagesSplitTwice, file: path, "two folders are the split '\(name)'", advice: "keep one of them")
        }
        parts.append((name, folder + "/", try FolderListing(path + "/" + folder).folders))
      }
      parts.sort { SplitFolder.order($0.name) < SplitFolder.order($1.name) }
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

  private static func split(
    _ name: String, in root: String, prefix: String, classes: [String]
  ) throws -> (Split, ignored: Int) {
    var files: [String] = []
    var labels: [Int] = []
    var sizes: [Int] = []
    var ignored = 0
    for (label, folder) in classes.enumerated() {
      for entry in try FolderListing(root + "/" + prefix + folder).files {
        guard extensions.contains(entry.pathExtension) else {
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
}
