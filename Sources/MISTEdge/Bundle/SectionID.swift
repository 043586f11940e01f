/// Four ASCII characters that name a section of a bundle, stored in reading order.
public struct SectionID: Hashable, Sendable {
  /// The four characters as a little-endian number.
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  private init(_ a: Unicode.Scalar, _ b: Unicode.Scalar, _ c: Unicode.Scalar, _ d: Unicode.Scalar) {
    rawValue = a.value | b.value << 8 | c.value << 16 | d.value << 24
  }

  /// Architecture of the head.
  public static let head = SectionID("H", "E", "A", "D")
  /// What the head is for, by name.
  public static let task = SectionID("T", "A", "S", "K")
  /// Class names.
  public static let labels = SectionID("L", "A", "B", "L")
  /// How an image became the backbone's input.
  public static let preprocessing = SectionID("P", "R", "E", "P")
  /// The backbone and gather whose features the head was trained on.
  public static let source = SectionID("S", "R", "C", "E")
  /// In what the features' backbone was computed.
  public static let precision = SectionID("P", "R", "E", "C")
  /// The head's parameters.
  public static let weights = SectionID("W", "G", "H", "T")
  /// Golden input and output.
  public static let golden = SectionID("G", "O", "L", "D")
  /// Where the bundle comes from, for people.
  public static let provenance = SectionID("P", "R", "O", "V")

  /// Whether this version of the reader knows the section.
  public var isKnown: Bool {
    switch self {
    case .head, .task, .labels, .preprocessing, .source, .precision, .weights, .golden, .provenance: true
    default: false
    }
  }
}

/// One row of a bundle's section table.
public struct BundleSection: Sendable {
  /// Which section it is.
  public let id: SectionID
  /// Whether a reader that does not know `id` must refuse the bundle.
  public let isCritical: Bool
  /// Place in the bundle; its start is a multiple of 64.
  public let range: Range<Int>
  /// CRC-32 of the section's bytes, as recorded and checked.
  public let checksum: UInt32
}
