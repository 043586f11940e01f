import MISTEdge
import MISTFeatures
import MISTTuning
import Testing

@Suite("Evaluation on maps")
struct MapEvaluationTests {
  @Test("IoU, accuracies and means of a confusion matrix worked out by hand")
  func byHand() {
    // Class 3 occurs nowhere; class 2 is predicted and never true.
    let e = MaskEvaluation(
      count: 2, loss: 0.5, confusion: [[6, 2, 0, 0], [1, 9, 2, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    #expect(e.pixels == 20 && e.truth == [8, 12, 0, 0] && e.predicted == [7, 11, 2, 0])
    #expect(e.classIoU == [6.0 / 9, 9.0 / 14, 0, nil])
    #expect(e.classAccuracy == [0.75, 0.75, nil, nil])
    #expect(abs(e.meanIoU - (6.0 / 9 + 9.0 / 14) / 3) < 1e-12)
    #expect(e.meanAccuracy == 0.75 && e.pixelAccuracy == 0.75)
    #expect(e.standardError == nil)
  }

  @Test("no pixels are no crash")
  func empty() {
    let e = MaskEvaluation(count: 0, loss: 0, confusion: [[0, 0], [0, 0]])
    #expect(e.meanIoU == 0 && e.meanAccuracy == 0 && e.pixelAccuracy == 0)
  }

  /// One level of 2×3 positions with a channel per class, so that a head with the identity as its product has the features as
  /// logits; masks of 8×12.
  private struct Given: SplitFeatures {
    let logits: [[Float]]
    let masks: [[UInt8]]
    var count: Int { logits.count }
    let levels = [MapLevel(level: 1, height: 2, width: 3, channels: 2)]
    let stored = [Feature.final]
    func tensors(of feature: Feature) -> [MapLevel] { levels }
    func readTensor(
      _ index: Int, _ feature: Feature, tensor: Int, tokens: [Int]?,
      into destination: UnsafeMutableBufferPointer<Float>
    ) throws { _ = destination.update(from: logits[index]) }
    var samples: Samples<Masks> {
      Samples(
        self, MaskTargets(size: MapSize(height: 8, width: 12)) { _ = $1.update(from: masks[$0]) })
    }
  }

  private func evaluate(_ data: Given, threads: Int) throws -> MaskEvaluation {
    let shape = NetworkShape(
      levels: [.init(height: 2, width: 3, channels: 2)], outputHeight: 2, outputWidth: 3, classes: 2,
      norm: false)
    return try Predictor(shape: shape, feature: .final, threads: threads)
      .evaluate(data.samples, parameters: [1, 0, 0, 1, 0, 0])
  }

  @Test("predictions are made at the mask's size, by the first of the largest logits", arguments: [1, 3])
  func predictions(_ threads: Int) throws {
    // Class 1 leads by 1 in the left column, class 0 by 1 in the middle and on the right: on 12 columns, with half-pixel centres, the
    // difference is 1 at 0…1, then 0.75, 0.25, −0.25 …: columns 0…3 are class 1.
    let leading: [Float] = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0]
    // Equal logits everywhere: class 0.
    let equal = [Float](repeating: 2, count: 12)
    let left = (0..<96).map { UInt8($0 % 12 < 4 ? 1 : 0) }
    var other = [UInt8](repeating: 1, count: 96)
    for x in 0..<12 { other[x] = 255 }
    let e = try evaluate(Given(logits: [leading, equal], masks: [left, other]), threads: threads)
    #expect(e.count == 2)
    #expect(e.confusion == [[64, 0], [84, 32]])
    // The labels of the grid are pixels (2, 6) × (2, 6, 10): the first image's are 1, 0, 0, the second's all 1.
    let close = 0.313262
    let even = 0.693147
    #expect(abs(e.loss - (6 * close + 6 * even) / 12) < 1e-5)
  }

  @Test("identical images have no error, others have, and a head does not differ from itself")
  func bootstrap() throws {
    let logits = [Float](repeating: 2, count: 12)
    let half = (0..<96).map { UInt8($0 % 12 < 6 ? 1 : 0) }
    let same = try evaluate(
      Given(logits: Array(repeating: logits, count: 12), masks: Array(repeating: half, count: 12)), threads: 2
    )
    #expect(same.resamples.count == 64)
    #expect(try #require(same.standardError) < 1e-9)
    // Half of the images all right, half all wrong: 12 throws of a coin.
    let masks = (0..<12).map { [UInt8](repeating: $0 % 2 == 0 ? 0 : 1, count: 96) }
    let mixed = try evaluate(Given(logits: Array(repeating: logits, count: 12), masks: masks), threads: 2)
    #expect(mixed.pixelAccuracy == 0.5)
    // The IoU of class 0 is the fraction of right images, whose error is √(¼/12) = 0.144; the mean with class 1 halves it.
    let error = try #require(mixed.standardError)
    #expect(abs(error - 0.072) < 0.025, "\(error)")
    #expect(mixed.standardError(against: mixed) == 0)
  }
}
