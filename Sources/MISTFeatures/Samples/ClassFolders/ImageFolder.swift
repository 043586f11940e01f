import Foundation
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
  package let ignored: Int

  package var task: FeatureTask { .classification }
  package var notes: [String] { Self.notes(ignored: ignored) }

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
  /// split that appears under two names, splits with different classes.
  package init(path: String) throws {
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
      parts.sort { SampleSplit.order($0.name) < SampleSplit.order($1.name) }
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
    var splits: [SampleSplit] = []
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
        advice: "add images (\(ImageExtension.list)) or remove its folder")
    }
  }

  private static func split(
    _ name: String, in root: String, prefix: String, classes: [String]
  ) throws -> (SampleSplit, ignored: Int) {
    var files: [String] = []
    var labels: [Int] = []
    var sizes: [Int] = []
    var ignored = 0
    for (label, folder) in classes.enumerated() {
      for entry in try FolderListing(root + "/" + prefix + folder).files {
        guard ImageExtension.all.contains(entry.pathExtension) else {
          ignored += 1
          continue
        }
        files.append(prefix + folder + "/" + entry.name)
        labels.append(label)
        sizes.append(entry.size)
      }
    }
    return (SampleSplit(name: name, files: files, sizes: sizes, labels: labels), ignored)
  }
}
