/// What one of transformers' image processors does where its file leaves something out.
struct ImageProcessor {
  /// What the names of its versions begin with.
  let prefix: String
  /// Pillow's number of the filter.
  let resample: Int
  let mean, std: [Float]
  /// Whether one number for the size is the shorter edge's, and not both sides'.
  var takesShorterEdge = false
  /// Whether it crops the centre.
  var crops = false

  /// Those of all architectures.
  private static let all = Architecture.all.flatMap(\.imageProcessors)

  /// The processor of this type, that of ViTs for a file that names none, or nil.
  static func named(_ type: String) -> ImageProcessor? {
    all.first { type.isEmpty ? $0.prefix == "ViT" : type.hasPrefix($0.prefix) }
  }
}
