import Foundation
import MISTFeatures
import MISTFormats

/// The images of a command line, folders expanded, and the names of what is made of them.
struct ImageList {
  /// Paths, a folder's sorted by name.
  let paths: [String]
  /// Files of folders that are not images by their extension.
  let ignored: Int

  /// Throws `predict.no-images` and `file.unreadable`.
  init(_ arguments: [String]) throws {
    var paths: [String] = []
    var ignored = 0
    for path in arguments {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
        paths.append(path)
        continue
      }
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
        throw MISTError(.fileUnreadable, file: path, "is not a folder that can be listed")
      }
      let files = names.filter { !$0.hasPrefix(".") }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      let images = files.filter {
        ImageExtension.all.contains(($0 as NSString).pathExtension.lowercased())
      }
      guard !images.isEmpty else {
        throw MISTError(
          .predictNoImages, file: path, "there are no images in the folder",
          advice: "images end in \(ImageExtension.list)")
      }
      ignored += files.count - images.count
      paths += images.map { (path as NSString).appendingPathComponent($0) }
    }
    self.paths = paths
    self.ignored = ignored
  }
}

/// Where pictures go: `FOLDER/STEM-mask.png` and `FOLDER/STEM-overlay.png`.
struct PictureNames: Sendable {
  let folder: String

  func mask(_ stem: String) -> String { (folder as NSString).appendingPathComponent(stem + "-mask.png") }
  func overlay(_ stem: String) -> String {
    (folder as NSString).appendingPathComponent(stem + "-overlay.png")
  }

  /// A file's name without folders and extension.
  static func stem(_ path: String) -> String {
    ((path as NSString).lastPathComponent as NSString).deletingPathExtension
  }

  /// Makes sure that every input has names of its own and none is written over.
  /// Throws `predict.same-name` and `predict.overwrites-input`.
  func check(_ inputs: [String]) throws {
    var owners: [String: String] = [:]
    let files = Set(inputs.map(Self.resolved))
    for path in inputs {
      let stem = Self.stem(path)
      if let other = owners.updateValue(path, forKey: stem) {
        throw MISTError(
          .predictSameName, file: path,
          "'\(other)' has the same name but for folder and extension, and both would be '\(stem)-mask.png'",
          advice: "predict them into different folders")
      }
      for output in [mask(stem), overlay(stem)] where files.contains(Self.resolved(output)) {
        throw MISTError(
          .predictOverwritesInput, file: output, "is one of the images to read, and would be written",
          advice: "choose another folder with -o")
      }
    }
  }

  /// Makes the folder. Throws `file.write-failed`.
  func create() throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw MISTError(.fileWriteFailed, file: folder, "is no folder and cannot be made one")
    }
  }

  private static func resolved(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }
}
