import MISTFeatures
import MISTFormats

/// The images of a command line, folders expanded, and the names of what is made of them.
struct ImageList {
  /// A folder's sorted by name.
  let paths: [FilePath]
  /// What of the folders was left out, a sentence each.
  let notes: [String]

  /// Throws `predict.no-images`, `file.unreadable` and `file.not-found`.
  init(_ arguments: [String]) throws {
    var paths: [FilePath] = []
    var notes: [String] = []
    var (others, folders) = (LeftOut(), LeftOut())
    for path in arguments.map(FilePath.init) {
      guard try FileStatus(path)?.kind == .folder else {
        paths.append(path)
        continue
      }
      let before = paths.count
      for entry in try FolderEntries(path).entries where !entry.isHidden {
        let file = path.appending(entry.name)
        let isImage = ImageExtension.all.contains(FilePath.split(entry.name).pathExtension)
        switch entry.status?.kind {
        case .folder: folders.add(file.text)
        // One that cannot be examined is left to its reader, which says why.
        case _ where isImage: paths.append(file)
        case nil: notes.append("left out '\(file.text)', which cannot be examined: \(entry.problem)")
        default: others.add(file.text)
        }
      }
      guard paths.count > before else {
        throw MISTError(
          .predictNoImages, file: path.text, "there are no images in the folder",
          advice: "images end in \(ImageExtension.list)")
      }
    }
    self.paths = paths
    self.notes =
      notes + [others.note(LeftOut.notImages), folders.note("folders in folders")].compactMap { $0 }
  }
}

/// Where pictures go: `FOLDER/STEM-mask.png` and `FOLDER/STEM-overlay.png`.
struct PictureNames: Sendable {
  let folder: String

  func mask(_ stem: String) -> String { path(stem + "-mask.png") }
  func overlay(_ stem: String) -> String { path(stem + "-overlay.png") }

  private func path(_ name: String) -> String { folder.hasSuffix("/") ? folder + name : folder + "/" + name }

  /// A file's name without folders and extension.
  static func stem(_ path: FilePath) -> String { FilePath.split(path.lastComponent).stem }

  /// Makes sure that every input has names of its own and none is written over.
  /// Throws `predict.same-name` and `file.overwrites-input`.
  func check(_ inputs: [FilePath]) throws {
    InputFiles.note(inputs)
    var owners: [String: String] = [:]
    for path in inputs {
      let stem = Self.stem(path)
      if let other = owners.updateValue(path.text, forKey: stem) {
        throw MISTError(
          .predictSameName, file: path.text,
          "'\(other)' has the same name but for folder and extension, and both would be '\(stem)-mask.png'",
          advice: "predict them into different folders")
      }
      for output in [mask(stem), overlay(stem)] { try InputFiles.check(output) }
    }
  }

  /// Makes the folder. Throws `file.write-failed`.
  func create() throws { try Folders.make(folder) }
}
