import Foundation
import MISTEdge
import MISTKernels
import Testing

@testable import MISTTuning

@Suite("Training in bf16")
struct TrainingPrecisionTests {
  private func recipe(_ precision: TrainingPrecision) -> Recipe<Classes> {
    var recipe = Recipe<Classes>()
    (recipe.method, recipe.feature, recipe.pooling) = (.lae, .gather(4), .mean)
    // Wide enough for products whose operands are rounded.
    (recipe.depth, recipe.rank, recipe.rate, recipe.epochs, recipe.batch) = (2, 32, 3e-3, 6, 8)
    (recipe.keep, recipe.precision) = (.last, precision)
    return recipe
  }

  @Test("losses are near those of f32 and not the same, and no other for another number of threads")
  func losses() throws {
    let data = DrawnFeatures.data(.direction, train: 48, validation: 24)
    let exact = try TrainingRun.run(recipe(.f32), data: data, seed: 0, threads: 2)
    let rounded = try TrainingRun.run(recipe(.bf16), data: data, seed: 0, threads: 2)
    for (a, b) in zip(exact.trial.epochs, rounded.trial.epochs) {
      #expect(abs(a.loss - b.loss) < 0.02 * max(1, a.loss), "\(a.loss), \(b.loss)")
    }
    #expect(exact.parameters != rounded.parameters)
    #expect(
      try TrainingRun.run(recipe(.bf16), data: data, seed: 0, threads: 1).parameters == rounded.parameters)
  }

  @Test("what was validated is what the head predicts, which is in f32")
  func validation() throws {
    let data = DrawnFeatures.data(.direction, train: 16, validation: 24)
    let head = try TrainingRun.run(recipe(.bf16), data: data, seed: 0, threads: 2)
    let predictor = Predictor<Classes>(shape: head.shape, feature: .gather(4), threads: 1)
    let evaluation = try predictor.evaluate(data.validation, parameters: head.parameters)
    #expect(evaluation.kept.loss == head.trial.validation.kept.loss)
  }

  @Test("a recipe says it only where it is not f32")
  func recorded() throws {
    for (precision, text) in [(TrainingPrecision.f32, false), (.bf16, true)] {
      let json = String(decoding: try JSONEncoder().encode(recipe(precision)), as: UTF8.self)
      #expect(json.contains(#""precision":"bf16""#) == text && !json.contains(#""precision":"f32""#))
    }
  }

  @Test("gradients are those of f32 to two digits")
  func gradients() {
    let shape = NetworkShape(tokens: 17, channels: 64, classes: 5, depth: 2, rank: 32, pooling: .mean)
    let parameters = Initialisation.parameters(shape, seed: 2).enumerated().map {
      $1 + 0.02 * Float($0 % 7 - 3)
    }
    func gradient<K: EdgeKernels>(_ kernels: K.Type) -> [Float] {
      let network = EdgeNetwork<K>(shape)
      let worker = Worker(0, shape, tokens: nil, training: true)
      let (sums, out) = (NetworkGradient(shape), FloatBuffer(parameters.count))
      network.prepare(parameters)
      for i in 0..<17 * 64 { worker.scratch.inputs[0][i] = Float(i * 7919 % 211) / 100 - 1 }
      let logits = worker.logits.pointer
      network.forward(tokens: nil, scratch: worker.scratch, masks: DropoutMasks(), into: logits)
      for i in 0..<5 { logits[i] = Float(i) - 2 }
      network.backward(
        tokens: nil, dLogits: logits, masks: DropoutMasks(), scratch: worker.scratch, into: sums)
      network.unfold(sums, parameters: parameters, into: out.pointer, parts: { for i in 0..<$0 { $1(i) } })
      return (0..<parameters.count).map { out.pointer[$0] }
    }
    let (exact, rounded) = (gradient(HostKernels.self), gradient(BF16Kernels.self))
    let norm = exact.reduce(0) { $0 + $1 * $1 }
    let apart = zip(exact, rounded).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(apart > 0 && apart < 1e-4 * norm, "\((apart / norm).squareRoot())")
  }
}
