import TestSupport
import Testing

@testable import MISTEdge

/// The limits that the document names are the code's.
@Suite struct LimitsTests {
  @Test func documentAndCodeAgree() throws {
    #expect(
      try FormatLimit.disagreements(
        "edge-bundle.md",
        [
          "BundleContainer.maximumSections": BundleContainer.maximumSections,
          "BundleHead.maximumTokens": BundleHead.maximumTokens,
          "BundleHead.maximumChannels": BundleHead.maximumChannels,
          "BundleHead.maximumClasses": BundleHead.maximumClasses,
          "BundleHead.maximumDepth": BundleHead.maximumDepth,
          "BundleHead.maximumRank": BundleHead.maximumRank,
          "BundleHead.maximumWorkingFloats": BundleHead.maximumWorkingFloats,
          "BundleHead.maximumLevels": BundleHead.maximumLevels,
          "BundleHead.maximumMapSize": BundleHead.maximumMapSize,
          "BundleHead.maximumMapClasses": BundleHead.maximumMapClasses,
          "BundleHead.maximumReduction": BundleHead.maximumReduction,
          "ShardHeader.maximumSize": ShardHeader.maximumSize,
        ]) == [])
  }
}
