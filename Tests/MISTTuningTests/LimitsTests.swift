import MISTEdge
import MISTTuning
import TestSupport
import Testing

/// The limits that the document names are the code's.
struct LimitsTests {
  @Test func documentAndCodeAgree() throws {
    #expect(
      try FormatLimit.disagreements(
        "head.md",
        [
          "HeadLimits.tokens": HeadLimits.tokens, "HeadLimits.channels": HeadLimits.channels,
          "HeadLimits.depth": HeadLimits.depth, "HeadLimits.rank": HeadLimits.rank,
          "HeadLimits.classes": HeadLimits.classes, "HeadLimits.gather": HeadLimits.gather,
          "HeadLimits.levels": HeadLimits.levels, "HeadLimits.maps": HeadLimits.maps,
          "TransformerShape.largestHeadCount": TransformerShape.largestHeadCount,
          "TransformerShape.largestHidden": TransformerShape.largestHidden,
          "MapSize.largestSide": MapSize.largestSide,
          "AttentiveShape.largestQueryCount": AttentiveShape.largestQueryCount,
          "HeadLimits.reduction": HeadLimits.reduction,
          "HeadLimits.hidden": HeadLimits.hidden, "HeadLimits.mapClasses": HeadLimits.mapClasses,
        ]) == [])
  }
}
