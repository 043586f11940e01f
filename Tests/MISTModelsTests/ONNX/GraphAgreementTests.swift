import MISTFormats
import Testing

@testable import MISTModels

/// Graphs that compute something else than the backbone would with their weights.
struct GraphAgreementTests {
  private static let exporters = ["timm-vit", "timm-prenorm", "hf-vit", "hf-dinov2"]

  private func plan(_ model: RewrittenModel) throws -> ConversionPlan {
    try Conversion(ModelSource(archive: model.recovered()), options: bareOptions()).plan
  }

  private func refusal(_ model: RewrittenModel) -> MISTError? {
    #expect(throws: MISTError.self) { _ = try plan(model) }
  }

  /// Exporters that write the scale as a constant; timm's graphs compute it from the shape of their input.
  @Test(arguments: ["hf-vit", "hf-dinov2"])
  func otherAttentionScalesAreRefused(_ fixture: String) throws {
    let model = try RewrittenModel(fixture: fixture)
    #expect(try model.recovered().hints.attentionScale != nil)
    _ = try plan(model)
    // 8 channels per head: half precision may move the scale by a thousandth.
    _ = try plan(model.scalingScores(by: 1.002))
    for factor: Float in [1.02, 0.98, 2, 0.125, 0, -1, .nan, .infinity] {
      let refused = refusal(model.scalingScores(by: factor))
      let error = try #require(refused)
      #expect(error.code == .convertAttentionScale, "\(factor): \(error)")
      #expect(error.problem.contains("1/√8"))
    }
  }

  /// The scale also tells a wrong number of heads.
  @Test func headsThatContradictTheScaleAreRefused() throws {
    var options = bareOptions()
    options.heads = [6]
    let source = ModelSource(archive: try RewrittenModel(fixture: "hf-vit").recovered())
    let error = #expect(throws: MISTError.self) { _ = try Conversion(source, options: options) }
    #expect(
      error?.code == .convertAttentionScale && error?.advice?.contains("--heads") == true,
      "\(String(describing: error))")
  }

  @Test(arguments: exporters)
  func otherActivationsAreRefused(_ fixture: String) throws {
    let model = try RewrittenModel(fixture: fixture)
    for (made, name) in [("Tanh", "gelu-tanh"), ("Sigmoid", "silu")] {
      let refused = refusal(model.replacing(operator: "Erf", by: made))
      let error = try #require(refused)
      #expect(error.code == .convertActivation)
      #expect(error.problem.contains(name) && error.problem.contains("gelu-erf"), "\(error)")
    }
  }

  @Test func anApproximationBesideTheRightActivationIsRefused() throws {
    let model = try RewrittenModel(fixture: "timm-vit")
    let last = try #require(model.graph.nodes.last { $0.opType == "Erf" })
    let mixed = model.replacing(last.name, operator: "Tanh")
    let refused = refusal(mixed)
    #expect(refused?.code == .convertActivation)
  }

  /// A gated MLP with another gate than SiLU.
  @Test func otherGatesAreRefused() throws {
    let model = try RewrittenModel(fixture: "timm-dinov2-reg")
    #expect(try plan(model).vit.mlp == .swiglu)
    let refused = refusal(model.replacing(operator: "Sigmoid", by: "Erf"))
    let error = try #require(refused)
    #expect(error.code == .convertActivation && error.problem.contains("silu is expected"))
  }
}
