/// Why the runtime refuses a bundle or a feature shard. Codes are stable; `Formats/edge-bundle.md` has the rule behind each.
public struct EdgeError: Error, Hashable, Sendable {
  /// What can be wrong with a bundle or a shard.
  public enum Code: UInt8, CaseIterable, Sendable {
    case badMagic
    case truncated
    case readerTooOld
    case badVersion
    case trailingBytes
    case badSectionCount
    case tableOutOfBounds
    case headerChecksum
    case reservedNotZero
    case unknownFlag
    case misalignedSection
    case sectionOutOfBounds
    case sectionOverlap
    case sectionGap
    case paddingNotZero
    case duplicateSection
    case sectionChecksum
    case unknownCriticalSection
    case missingSection
    case badSectionSize
    case unknownHeadKind
    case headLeftOut
    case badMapsVersion
    case unknownTask
    case taskDiffers
    case badLevelCount
    case unknownPooling
    case unknownHeadFlag
    case unknownBlockFunction
    case badEpsilon
    case badHeadDimension
    case badDepth
    case headTooLarge
    case labelCount
    case labelBounds
    case emptyLabel
    case labelNotUTF8
    case labelControlCharacter
    case unknownResize
    case badImageSize
    case badCrop
    case unknownInterpolation
    case unknownOrientation
    case badNormalisation
    case unknownGather
    case badGatherDepth
    case badFinalShape
    case badInputSize
    case badFeatureLevels
    case badLayers
    case unknownPrecision
    case unknownWeightType
    case weightCount
    case weightSize
    case weightNotFinite
    case badScale
    case unknownGoldenType
    case goldenShape
    case goldenLabel
    case badTolerance
    case goldenSize
    case goldenNotFinite
    case provenanceNotUTF8
    case provenanceControlCharacter
    case noGolden
    case selftestFailed
    case shardTruncated
    case shardTrailingBytes
    case shardHeaderTooLarge
    case shardBadHeader
    case shardDuplicateKey
    case shardNotAShard
    case shardBadVersion
    case shardBadMetadata
    case shardTaskDiffers
    case shardModelDiffers
    case shardTokensDiffer
    case shardChannelsDiffer
    case shardGatherDiffers
    case shardLevelsDiffer
    case shardSizeDiffers
    case shardMissingTensor
    case shardMissingScale
    case shardUnknownType
    case shardBadShape
    case shardBadOffsets
    case shardNotFinite
    case shardChecksum
    case shardBadLabel
  }

  private let details: Details

  /// In memory of its own: what may throw hands on a pointer, for the size of the runtime.
  private final class Details: Sendable {
    let code: Code
    let section: SectionID?
    let expected: UInt64?
    let found: UInt64?

    init(_ code: Code, _ section: SectionID?, _ expected: UInt64?, _ found: UInt64?) {
      self.code = code
      self.section = section
      self.expected = expected
      self.found = found
    }
  }

  /// What is wrong.
  public var code: Code { details.code }
  /// The bundle section at fault, where one is.
  public var section: SectionID? { details.section }
  /// The number that was expected and the one found, where a number says more. Of an error with a `sample`, that and its `row`.
  public var expected: UInt64? { details.expected }
  public var found: UInt64? { details.found }

  /// An error, with the section it is in and the numbers that contradict each other, where there are any.
  @inline(never)
  public init(_ code: Code, in section: SectionID? = nil, expected: UInt64? = nil, found: UInt64? = nil) {
    details = Details(code, section, expected, found)
  }

  /// The sample of a shard at fault, where there is one.
  public var sample: UInt64? {
    code == .shardNotFinite || code == .shardBadLabel || code == .shardChecksum ? found : nil
  }
  /// Its token or position.
  public var row: UInt64? { code == .shardNotFinite ? expected : nil }

  init(_ code: Code, in section: SectionID? = nil, expected: Int, found: Int) {
    self.init(code, in: section, expected: UInt64(clamping: expected), found: UInt64(clamping: found))
  }

  init(_ code: Code, in section: SectionID? = nil, found: UInt32) {
    self.init(code, in: section, found: UInt64(found))
  }

  public static func == (a: EdgeError, b: EdgeError) -> Bool {
    a.code == b.code && a.section == b.section && a.expected == b.expected && a.found == b.found
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
