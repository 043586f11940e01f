import MISTTuning
import Testing

@Suite("Evaluation")
struct EvaluationTests {
  @Test("accuracy, per class, and confusion of a batch worked out by hand")
  func byHand() {
    let e = ClassEvaluation(
      logits: [2, 1, 0, 0, 3, 1, 5, 5, 0, 0, 1, 9], labels: [0, 1, 1, 2], classes: 3)
    #expect(e.predictions == [0, 1, 0, 2])
    #expect(e.confusion == [[1, 0, 0], [1, 1, 0], [0, 0, 1]])
    #expect(e.accuracy == 0.75)
    #expect(e.classAccuracy == [1, 0.5, 1])
    #expect(abs(e.standardError - 0.2165) < 1e-3)
    // −log softmax of the label's logit, by hand: 0.40761, 0.16985, 0.69650, 0.00046.
    #expect(abs(e.loss - (0.40761 + 0.16985 + 0.69650 + 0.00046) / 4) < 1e-4)
  }

  @Test("a class without samples has no accuracy, and no samples are no crash")
  func empty() {
    let e = ClassEvaluation(logits: [1, 0], labels: [0], classes: 2)
    #expect(e.classAccuracy == [1, nil])
    #expect(ClassEvaluation(logits: [], labels: [], classes: 2).accuracy == 0)
  }
}
