import Foundation
import MISTFormats
import MISTModels
import MISTVision

/// Samples that a file lists: rows of comma or tab separated columns, the first of which names them: `path`, `label` or `mask`,
/// and perhaps `split`. Paths are relative to the list.
package struct ListSamples: SampleSource, SampleSourceKind {
  package let task: FeatureTask
  package let path: String
  package let classes: [String]
  package let splits: [SampleSplit]
  package let notes: [String]

  private let folder: String

  /// Bytes that a list may have.
  static let largestFile = 1 << 30

  static func accepts(_ request: SampleRequest) -> Bool { request.list != nil }

  /// Reads the list and looks at every file that it names. Throws `usage` (also when its targets are others than those asked
  /// for), the `list.` and the `samples.` codes.
  static func open(_ request: SampleRequest) throws -> ListSamples {
    guard let path = request.list else { throw MISTError(.usage, "there is no list") }
    guard request.paths.isEmpty, request.splits.isEmpty else {
      throw MISTError(
        .usage, "a list was named, and other images too",
        advice: "leave either out, and give the list's splits a column")
    }
    do {
      return try ListSamples(path, request)
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  private init(_ path: String, _ request: SampleRequest) throws {
    self.path = path
    let folder = (path as NSString).deletingLastPathComponent
    self.folder = folder
    let table = try ListTable(path)
    let own: FeatureTask = table.hasMasks ? .segmentation : .classification
    guard request.task ?? own == own else {
      throw MISTError(
        .usage, "the list is for \(own.rawValue), by its column '\(table.hasMasks ? "mask" : "label")'",
        advice: "leave out --task")
    }
    let rows = Dictionary(grouping: table.rows, by: \.split)
      .sorted { SampleSplit.order($0.key) < SampleSplit.order($1.key) }
    var splits: [SampleSplit] = []
    for (name, rows) in rows {
      var split = SampleSplit(name: name, files: rows.map(\.path), sizes: [])
      split.sizes = try rows.map { try Self.size(of: $0.path, in: folder, line: $0.line) }
      if table.hasMasks {
        split.masks = rows.map(\.target)
        split.maskSizes = try rows.map { try Self.size(of: $0.target, in: folder, line: $0.line) }
      }
      splits.append(split)
    }
    switch own {
    case .classification:
      let labels = try WrittenLabels(
        rows.map { $0.value.map { WrittenLabel(text: $0.target, file: path, place: "line \($0.line)") } },
        list: request.classes)
      classes = labels.classes
      for number in splits.indices { splits[number].labels = labels.labels[number] }
    case .segmentation:
      classes = try ClassList.read(request.classes, folder: folder.isEmpty ? "." : folder)
    }
    task = own
    self.splits = splits
    notes =
      table.unused.isEmpty
      ? [] : ["the list's columns \(table.unused.map { "'\($0)'" }.joined(separator: ", ")) are not used"]
  }

  package func image(_ sample: Int, of split: Int) throws -> [UInt8] {
    try ImageDecoder.contents(of: Self.location(splits[split].files[sample], in: folder))
  }

  package func mask(_ sample: Int, of split: Int) throws -> [UInt8] {
    try ImageDecoder.contents(of: Self.location(splits[split].masks[sample], in: folder))
  }

  private static func location(_ file: String, in folder: String) -> String {
    file.hasPrefix("/") || folder.isEmpty ? file : folder + "/" + file
  }

  private static func size(of file: String, in folder: String, line: Int) throws -> Int {
    guard let status = try FileStatus(location(file, in: folder)), status.kind == .file else {
      throw MISTError(
        .listMissingFile, at: "line \(line)", "there is no file \(quoted(file))",
        advice: "paths are relative to the list's folder")
    }
    return status.size
  }
}
