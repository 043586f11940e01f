import TestSupport
import Testing

@testable import MISTModels

/// The limits that the documents name are the code's.
struct LimitsTests {
  @Test func documentsAndCodeAgree() throws {
    #expect(
      try FormatLimit.disagreements(
        "canonical-checkpoint.md",
        [
          "ModelLimits.width": ModelLimits.width, "ModelLimits.depth": ModelLimits.depth,
          "ModelLimits.heads": ModelLimits.heads, "ModelLimits.mlpWidth": ModelLimits.mlpWidth,
          "ModelLimits.patchSize": ModelLimits.patchSize, "ModelLimits.imageSize": ModelLimits.imageSize,
          "ModelLimits.registerTokens": ModelLimits.registerTokens, "ModelLimits.stages": ModelLimits.stages,
          "ModelLimits.stride": ModelLimits.stride, "ModelLimits.reduction": ModelLimits.reduction,
          "ModelLimits.classes": ModelLimits.classes,
        ]) == [])
    #expect(
      try FormatLimit.disagreements(
        "foreign-checkpoint.md", ["CarriedModel.limit": CarriedModel.limit]) == [])
    #expect(
      try FormatLimit.disagreements(
        "naming-conventions.md", ["ForeignJSON.maximumSize": ForeignJSON.maximumSize]) == [])
    #expect(
      try FormatLimit.disagreements(
        "onnx-name-recovery.md",
        [
          "GraphIndex.longestChain": GraphIndex.longestChain,
          "StructureView.walkLength": StructureView.walkLength,
          "Elementwise.mostTerms": Elementwise.mostTerms, "GraphArray.largest": GraphArray.largest,
          "GraphEvaluation.deepest": GraphEvaluation.deepest,
          "GraphEvaluation.mostElements": GraphEvaluation.mostElements,
          "GraphLayout.mostTermVisits": GraphLayout.mostTermVisits,
        ]) == [])
  }
}
