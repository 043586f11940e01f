import MISTFormats

/// What an extraction is asked to read.
package struct SampleRequest: Sendable {
  /// Folders or files, as given.
  package var paths: [String]
  /// What the images are labelled with; nil to decide by what is there.
  package var task: FeatureTask?
  /// A file of class names; nil for those that the source knows.
  package var classes: String?
  /// Shards of named splits, with braces.
  package var splits: [(name: String, shards: String)] = []
  /// A file that lists the images.
  package var list: String?

  package init(
    _ paths: [String], task: FeatureTask? = nil, classes: String? = nil,
    splits: [(name: String, shards: String)] = [], list: String? = nil
  ) {
    self.paths = paths
    self.task = task
    self.classes = classes
    self.splits = splits
    self.list = list
  }

  /// The one path of a source that has only one. Throws `usage`.
  func path() throws -> String {
    guard let path = paths.first, paths.count == 1 else {
      throw MISTError(
        .usage, paths.isEmpty ? "no images are named" : "\(paths.count) folders of images are named",
        advice: "name one folder")
    }
    return path
  }
}

/// A kind of source that requests can be answered by.
protocol SampleSourceKind: SampleSource {
  /// Whether it is what `request` means. The kinds are asked in the registry's order.
  static func accepts(_ request: SampleRequest) -> Bool
  /// Throws what opening it throws.
  static func open(_ request: SampleRequest) throws -> Self
}

/// The registry of sources.
package enum SampleSources {
  private static let kinds: [any SampleSourceKind.Type] = [
    ListSamples.self, TarSamples.self, SegmentationFolder.self, ImageFolder.self,
  ]

  /// The source that `request` means, listed. Throws `usage`, and what the source throws.
  package static func open(_ request: SampleRequest) throws -> any SampleSource {
    guard let kind = kinds.first(where: { $0.accepts(request) }) else {
      throw MISTError(.usage, "it is not clear how to read '\(request.paths.first ?? "")'")
    }
    return try kind.open(request)
  }
}
