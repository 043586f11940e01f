import MISTEdge
import TestSupport
import Testing

@testable import MISTFeatures

/// The limits that the document names are the code's.
@Suite struct LimitsTests {
  @Test func documentAndCodeAgree() throws {
    #expect(
      try FormatLimit.disagreements(
        "feature-store.md",
        [
          "StoreManifest.largestDimension": StoreManifest.largestDimension,
          "MapSize.largestSide": MapSize.largestSide,
          "StoreManifest.largestViewCount": StoreManifest.largestViewCount,
          "Masks.largestClassCount": StoreManifest.Masks.largestClassCount,
        ]) == [])
    #expect(
      try FormatLimit.disagreements(
        "sample-sources.md",
        [
          "TarShard.largestLabel": TarShard.largestLabel,
          "BraceExpansion.largestCount": BraceExpansion.largestCount,
          "ListSamples.largestFile": ListSamples.largestFile,
        ]) == [])
  }
}
