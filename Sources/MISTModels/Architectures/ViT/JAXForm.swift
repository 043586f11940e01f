import MISTFormats

/// A ViT for Google's `vision_transformer`, as its published `.npz` files are.
extension DestinationForm {
  static func jax(_ c: ViTConfiguration, _ plan: ConversionPlan) throws -> DestinationForm {
    let problem: String? =
      if c.registerTokens > 0 { "it has register tokens, and Google's models have none" } else if c.layerScale
      {
        "it has layer scales, and Google's models have none"
      } else if c.preNorm {
        "it has a norm before the first block, and Google's models have none"
      } else if c.mlp != .gelu {
        "its MLP is a gated SiLU, and Google's models have a GELU"
      } else if !c.qkvBias {
        "its queries, keys and values have no bias, and in Google's models they have one"
      } else if c.classToken, !c.classPosition {
        "its class token has no position, and in Google's models it has one"
      } else {
        nil
      }
    if let problem { throw Destination.jax.unsupported(problem, plan) }
    if let input = c.classifier?.input, input != (c.classToken ? .classToken : .mean) {
      throw Destination.jax.unsupportedClassifier(
        "its classifier reads more or other than the class token, and Google's reads that alone", plan)
    }
    guard !plan.steps.contains(where: { $0.destination.dtype == .bf16 }) else {
      throw Destination.jax.unsupported(
        "NumPy has no element type BF16", plan, advice: "convert the model to another with --dtype f32")
    }
    var form = DestinationForm(convention: .jax)
    if [c.epsilon.block, c.epsilon.final] != [1e-6, 1e-6] {
      form.warnings.append(
        "Flax computes every norm with an epsilon of 1e-06, and this model has \(c.epsilon.block) in blocks and "
          + "\(c.epsilon.final) after them; mist keeps the model's own when it reads the file")
    }
    form.warnings.append(
      "Google's code computes the MLP's GELU by Flax's tanh approximation, and this model by the error function"
    )
    return form
  }
}
