import MISTFormats
import MISTVision

/// A source whose samples are files, named relative to the folder `path` and escaped as `FilePath` has it.
package protocol FolderSource: SampleSource {}

extension FolderSource {
  package func image(_ sample: Int, of split: Int) throws -> [UInt8] {
    try ImageDecoder.contents(of: FilePath(path).appending(splits[split].files[sample]))
  }

  package func mask(_ sample: Int, of split: Int) throws -> [UInt8] {
    try ImageDecoder.contents(of: FilePath(path).appending(splits[split].masks[sample]))
  }
}

/// Files that a listing leaves out, for notes.
package struct LeftOut: Hashable, Sendable {
  package private(set) var count = 0
  /// One of them, for people who look for it.
  private(set) var first: String?

  package init() {}

  package mutating func add(_ file: String) {
    count += 1
    first = first ?? file
  }

  /// `what` they are; nil where there are none.
  package func note(_ what: String) -> String? { first.map { "left out \(count) \(what), such as '\($0)'" } }

  package static let notImages = "files that are neither .jpg, .jpeg nor .png"
}

/// File name extensions that count as images, in any case.
package enum ImageExtension {
  package static let all: Set<String> = ["jpg", "jpeg", "png"]
  /// For messages.
  package static var list: String { all.sorted().joined(separator: ", ") }
}
