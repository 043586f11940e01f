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
          "HeadSection.maximumTokens": HeadSection.maximumTokens,
          "HeadSection.maximumChannels": HeadSection.maximumChannels,
          "HeadSection.maximumClasses": HeadSection.maximumClasses,
          "HeadSection.maximumDepth": HeadSection.maximumDepth,
          "HeadSection.maximumRank": HeadSection.maximumRank,
          "HeadSection.maximumWorkingFloats": HeadSection.maximumWorkingFloats,
          "HeadSection.maximumMaps": HeadSection.maximumMaps,
          "TransformerShape.largestHeadCount": TransformerShape.largestHeadCount,
          "TransformerShape.largestHidden": TransformerShape.largestHidden,
          "HeadSection.maximumLevels": HeadSection.maximumLevels,
          "HeadSection.maximumMapSize": HeadSection.maximumMapSize,
          "HeadSection.maximumMapClasses": HeadSection.maximumMapClasses,
          "HeadSection.maximumReduction": HeadSection.maximumReduction,
          "ShardHeader.maximumSize": ShardHeader.maximumSize,
        ]) == [])
  }
}
