import MISTFormats

/// The names of a data set's classes, which stand in a file of their own.
package enum ClassList {
  /// One name per line.
  package static let fileName = "classes.txt"
  /// ADE20K's own list: a table separated by tabs, one line per class after the heading, the names in the last column.
  package static let ade20kFileName = "objectInfo150.txt"

  /// The classes in `file`, at most `largest`, or when that is nil in `classes.txt` or `objectInfo150.txt` of `folder`.
  /// Throws `classes.missing`, `classes.invalid`, `file.not-found`, `file.unreadable`.
  package static func read(
    _ file: String? = nil, folder: String, largest: Int = StoreManifest.Masks.largestClassCount
  ) throws -> [String] {
    let candidates = [fileName, ade20kFileName].map { folder + "/" + $0 }
    guard let path = file ?? candidates.first(where: { FileStatus.exists($0) }) else {
      throw MISTError(
        .classesMissing, file: folder, "it has neither \(fileName) nor \(ade20kFileName)",
        advice: "name a file of classes, one per line, with --classes")
    }
    let text = try PlainText.text(try MappedFile.contents(of: path)) {
      MISTError(.classesInvalid, file: path, "it \($0)")
    }
    let names =
      path == ade20kFileName || path.hasSuffix("/" + ade20kFileName) ? ade20k(text) : PlainText.lines(text)
    guard !names.isEmpty, names.count <= largest else {
      throw MISTError(
        .classesInvalid, file: path,
        "1 to \(largest) classes are expected, found \(names.count)")
    }
    var seen: Set<String> = []
    for (line, name) in names.enumerated() where name.isEmpty || !seen.insert(name).inserted {
      throw MISTError(
        .classesInvalid, file: path, at: "class \(line + 1)",
        name.isEmpty ? "it has no name" : "the name \(quoted(name)) is there twice")
    }
    return names
  }

  /// Lines that begin with a class's number; of the last column, what stands before the first comma.
  private static func ade20k(_ text: String) -> [String] {
    PlainText.lines(text).compactMap { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard let first = columns.first, Int(PlainText.name(first)) != nil,
        let last = columns.last, columns.count > 1
      else { return nil }
      return PlainText.name(last.prefix { $0 != "," })
    }
  }
}
