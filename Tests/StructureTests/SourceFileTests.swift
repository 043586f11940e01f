import Foundation
import Testing

/// One idea per file, and a page of documentation for those who build on the products.
@Suite struct SourceFileTests {
  static let largest = 9 * 1024

  @Test func noFileIsLong() {
    #expect(SourceTree.files.count > 400)
    for file in SourceTree.files {
      #expect(file.text.utf8.count <= Self.largest, "\(file.path) has \(file.text.utf8.count) bytes")
    }
  }

  /// The products that others build on.
  static let products = ["MISTEdge", "MISTInference"]

  /// Members that a protocol of the standard library asks for and documents.
  static let witnesses =
    #"(var description|func ==|func <|func hash\(|func encode\(to|init\(from |init\(rawValue|var errorDescription|static let allCases|typealias )"#

  /// The public declarations without a doc comment. One comment serves the properties that follow it without a blank line.
  static func undocumented(_ lines: [Substring]) -> [(line: Int, text: String)] {
    var found: [(Int, String)] = []
    var documented = Set<Int>()
    for (number, line) in lines.enumerated() {
      let text = line.trimmingCharacters(in: .whitespaces)
      guard text.range(of: #"^(@\w+(\([^)]*\))?\s+)*(public|open)\s"#, options: .regularExpression) != nil,
        text.range(of: #"\bextension\s"#, options: .regularExpression) == nil
      else { continue }
      var above = number - 1
      while above >= 0, lines[above].trimmingCharacters(in: .whitespaces).hasPrefix("@") { above -= 1 }
      let before = above >= 0 ? lines[above].trimmingCharacters(in: .whitespaces) : ""
      let isProperty = text.range(of: #"\b(let|var)\s"#, options: .regularExpression) != nil
      if before.hasPrefix("///") || (isProperty && documented.contains(above)) {
        if isProperty { documented.insert(number) }
      } else if text.range(of: witnesses, options: .regularExpression) == nil {
        found.append((number + 1, text))
      }
    }
    return found
  }

  @Test(arguments: products)
  func publicDeclarationsAreDocumented(product: String) {
    for file in SourceTree.files where file.target == product && file.path.hasSuffix(".swift") {
      for (line, text) in Self.undocumented(file.lines) {
        Issue.record("\(file.path):\(line): no doc comment: \(text)")
      }
    }
  }

  @Test func aMissingCommentIsSeen() {
    let text = """
      /// A size.
      public struct Size {
        /// Rows and columns.
        public let height: Int
        public let width: Int

        public let channels: Int
        public init(height: Int) {}
        @inlinable
        public func area() -> Int { 0 }
        public var description: String { "" }
      }
      public enum Kind { case a }
      /// A point.
      public struct Point {
        public let x: Int
      }
      """
    #expect(
      Self.undocumented(text.split(separator: "\n", omittingEmptySubsequences: false)).map(\.line) == [
        7, 8, 10, 13, 16,
      ])
  }
}
