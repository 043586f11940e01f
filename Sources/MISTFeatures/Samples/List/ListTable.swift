import Foundation
import MISTFormats

/// The rows of a list of images.
struct ListTable {
  struct Row {
    let line: Int
    let path: String
    /// A class, or the path of a mask.
    let target: String
    /// `train`, `val` or `test`.
    let split: String
  }

  let hasMasks: Bool
  let rows: [Row]
  /// Columns that mean nothing here.
  let unused: [String]

  /// Throws `file.not-found`, `file.unreadable` and the `list.` codes.
  init(_ path: String) throws {
    let file = try FileBytes(path: path)
    guard file.count <= ListSamples.largestFile else {
      throw MISTError(
        .listInvalid, "a list of \(file.count) bytes is more than the \(ListSamples.largestFile) read")
    }
    let bytes = try file.read(0..<file.count)
    let kind = (path as NSString).pathExtension.lowercased()
    let hasTabs = kind == "tsv" || kind != "csv" && bytes.prefix { $0 != 0x0A }.contains(0x09)
    let rows = try DelimitedText(bytes, separator: hasTabs ? 0x09 : 0x2C).rows
    guard let heading = rows.first else {
      throw MISTError(
        .listInvalid, "it is empty", advice: "its first line names the columns: path, label or mask, split")
    }
    let columns = try Columns(heading)
    guard rows.count > 1 else { throw MISTError(.imagesNone, "the list names no images") }
    hasMasks = columns.hasMasks
    unused = columns.unused
    var lines: [String: Int] = [:]
    self.rows = try rows.dropFirst().map { row in
      let found = try columns.row(row)
      if let line = lines.updateValue(row.line, forKey: found.path) {
        throw MISTError(
          .listDuplicate, at: "line \(row.line)",
          "the image \(quoted(found.path)) is in line \(line) already")
      }
      return found
    }
  }

  /// Which column is which.
  private struct Columns {
    let count: Int
    let path: Int
    let target: Int
    let split: Int?
    let hasMasks: Bool
    let unused: [String]

    init(_ heading: DelimitedText.Row) throws {
      let names = heading.fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
      func invalid(_ problem: String) -> MISTError {
        MISTError(
          .listInvalid, at: "line \(heading.line)", problem,
          advice: "the first line names the columns: path, label or mask, split")
      }
      func column(_ name: String) throws -> Int? {
        let found = names.indices.filter { names[$0] == name }
        guard found.count <= 1 else { throw invalid("there are two columns '\(name)'") }
        return found.first
      }
      guard let path = try column("path") else { throw invalid("there is no column 'path'") }
      let (label, mask) = (try column("label"), try column("mask"))
      guard let target = label ?? mask else { throw invalid("there is neither a column 'label' nor 'mask'") }
      guard label == nil || mask == nil else { throw invalid("there are columns 'label' and 'mask'") }
      (self.path, self.target, split) = (path, target, try column("split"))
      hasMasks = mask != nil
      count = names.count
      let used = ["path", "label", "mask", "split"]
      unused = heading.fields.indices.filter { !used.contains(names[$0]) }.map { heading.fields[$0] }
    }

    func row(_ row: DelimitedText.Row) throws -> Row {
      guard row.fields.count == count else {
        throw DelimitedText.invalid(
          "\(count) fields are expected, found \(row.fields.count)", line: row.line)
      }
      func field(_ index: Int, _ name: String) throws -> String {
        let text = row.fields[index]
        guard !text.trimmingCharacters(in: .whitespaces).isEmpty else {
          throw MISTError(.listEmptyField, at: "line \(row.line)", "the \(name) is empty")
        }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
          throw DelimitedText.invalid("the \(name) has control characters", line: row.line)
        }
        return text
      }
      let name = try split.map { try field($0, "split") } ?? "train"
      guard let split = SplitFolder.split(name) else {
        throw MISTError(
          .listUnknownSplit, at: "line \(row.line)", "there is no split \(quoted(name))",
          advice: "write train, val or test")
      }
      return Row(
        line: row.line, path: try field(path, "path"), target: try field(target, hasMasks ? "mask" : "label"),
        split: split)
    }
  }
}
