import Foundation
import TestSupport

/// One file of the repository's own sources.
struct SourceFile: Sendable {
  /// Its path below `Sources`, such as `MISTEdge/Bundle/EdgeBundle.swift`.
  let path: String
  let text: String

  /// The target it belongs to. The system libraries' shims stand one folder deeper.
  var target: String {
    let parts = path.split(separator: "/").map(String.init)
    return parts[0] == "System" ? parts[1] : parts[0]
  }

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The text without comments and without what only people read: several lines of text, and the words behind `help:`.
  var code: String { SourceFile.stripped(text) }

  static func stripped(_ text: String) -> String {
    var text = text
    for pattern in [#"(?s)"{3}.*?"{3}"#, #"(?s)/\*.*?\*/"#, "//[^\n]*", #"help:\s*"([^"\\\n]|\\.)*""#] {
      text = text.replacingOccurrences(of: pattern, with: "", options: .regularExpression)
    }
    return text
  }
}

/// The repository's sources, read once.
enum SourceTree {
  static let root = (Fixture.root as NSString).deletingLastPathComponent

  /// Every Swift and C file below `Sources`, sorted; without what protoc generates.
  static let files: [SourceFile] = read("Sources").filter { !$0.path.contains(".pb-c.") }

  /// Every Swift file below `Tests`.
  static let tests: [SourceFile] = read("Tests")

  private static func read(_ folder: String) -> [SourceFile] {
    let base = root + "/" + folder
    let paths = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
    return paths.filter { ["swift", "c", "h"].contains(($0 as NSString).pathExtension) }.sorted().map {
      SourceFile(path: $0, text: (try? String(contentsOfFile: base + "/" + $0, encoding: .utf8)) ?? "")
    }
  }
}
