import Foundation
import MISTFormats

/// The skipped files of one shard as its metadata keeps them, so that resuming need not read the images again.
enum SkippedList {
  static let key = "mist.skipped"

  static func text(_ skipped: [StoreManifest.SkippedFile]) throws -> String {
    String(decoding: try StoreManifest.json(skipped, pretty: false), as: UTF8.self)
  }

  /// Nil when the text is not such a list.
  static func parse(_ text: String?) -> [StoreManifest.SkippedFile]? {
    guard let text else { return nil }
    return try? JSONInput.decode([StoreManifest.SkippedFile].self, from: Data(text.utf8))
  }
}
