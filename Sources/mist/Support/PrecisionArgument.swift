import ArgumentParser
import MISTInference

extension PrecisionRequest: ExpressibleByArgument {}

/// In what a verb computes the products of a model.
struct PrecisionArgument: ParsableArguments {
  @Option(
    help:
      "In what matrix products are computed: f32, bf16, int8, or auto, the fastest that the processor has instructions for and whose error, measured on a few images, is within a bound. bf16 and int8 fall back to f32 without such instructions."
  )
  var precision: PrecisionRequest = .f32
}
