import MISTFormats
import MISTVision

/// A source whose samples are files, named relative to the folder `path`.
package protocol FolderSource: SampleSource {}

extension FolderSource {
  package func image(_ sample: Int, of split: Int) throws -> [UInt8] {
    try ImageDecoder.contents(of: path + "/" + splits[split].files[sample])
  }

  package func mask(_ sample: Int, of split: Int) throws -> [UInt8] {
    try ImageDecoder.contents(of: path + "/" + splits[split].masks[sample])
  }

  /// How to say that `count` files are no images.
  static func notes(ignored count: Int) -> [String] {
    count > 0 ? ["left out \(count) files that are neither .jpg, .jpeg nor .png"] : []
  }
}

/// File name extensions that count as images, in any case.
package enum ImageExtension {
  package static let all: Set<String> = ["jpg", "jpeg", "png"]
  /// For messages.
  package static var list: String { all.sorted().joined(separator: ", ") }
}
