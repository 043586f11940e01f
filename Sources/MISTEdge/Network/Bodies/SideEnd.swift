#if !MIST_WITHOUT_TRANSFORMERS
  /// What follows the class token of a side network: a LayerNorm, of a ladder the projection up, and the classifier.
  final class SideEnd<K: EdgeKernels> {
    private enum Layers {
      case classifier(VectorClassifier)
      case raised(up: FoldedLinear<K>, classifier: FoldedLinear<K>)
    }

    private let layers: Layers
    private let epsilon: Float
    private let width: Int
    /// Where the norm's gain lies, which the rest follows.
    private let start: Int
    /// The folded parameters of `raised`, from `start`.
    private let folded: FloatBuffer

    init(_ shape: NetworkShape, _ table: ParameterTable, _ width: Int) {
      let base = table.range(.normGain).lowerBound
      start = base
      epsilon = shape.epsilon
      self.width = width
      if shape.body.isLadder {
        layers = .raised(
          up: FoldedLinear(table, .up, .upBias, norm: (.normGain, .normBias), base: base),
          classifier: FoldedLinear(table, .classifier, .classifierBias, base: base))
        folded = FloatBuffer(table.count - base)
      } else {
        layers = .classifier(VectorClassifier(length: width, classes: shape.classes))
        folded = FloatBuffer(0)
      }
    }

    func prepare(_ parameters: UnsafePointer<Float>) {
      switch layers {
      case .classifier(let classifier): classifier.prepare(parameters + start)
      case .raised(let up, let classifier):
        up.fold(parameters + start, into: folded.pointer)
        classifier.fold(parameters + start, into: folded.pointer)
      }
    }

    /// Logits of the class token in `s.vector`, which is standardised in place.
    func forward(_ s: SideEndScratch, _ masks: DropoutMasks, into logits: UnsafeMutablePointer<Float>) {
      let (x, read) = (s.vector.pointer, s.classifierInput.pointer)
      s.factor = standardise(x, width, epsilon: epsilon)
      switch layers {
      case .classifier(let classifier):
        classifier.forward(x, mask: masks.classifierInput, input: read, into: logits)
      case .raised(let up, let classifier):
        up.forward(1, x, folded.pointer, into: read)
        if let mask = masks.classifierInput {
          for i in 0..<up.rows { read[i] *= mask[i] }
        }
        classifier.forward(1, read, folded.pointer, into: logits)
      }
    }

    /// Through the same, to dL/d(class token) in `s.dVector`.
    func backward(
      _ dLogits: UnsafePointer<Float>, _ s: SideEndScratch, _ masks: DropoutMasks,
      _ gradient: UnsafeMutablePointer<Float>
    ) {
      let (x, read, d, g) = (s.vector.pointer, s.classifierInput.pointer, s.dVector.pointer, gradient + start)
      switch layers {
      case .classifier(let classifier):
        classifier.backward(dLogits, x, mask: masks.classifierInput, input: read, into: d, g)
      case .raised(let up, let classifier):
        let dRead = s.dClassifierInput.pointer
        classifier.backward(1, dLogits, input: read, folded.pointer, g, into: dRead)
        if let mask = masks.classifierInput {
          for i in 0..<up.rows { dRead[i] *= mask[i] }
        }
        up.backward(1, dRead, input: x, folded.pointer, g, into: d)
      }
      standardiseBackward(d, x, factor: s.factor, width)
    }

    func unfold(_ gradient: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>) {
      guard case .raised(let up, _) = layers else { return }
      up.unfold(gradient + start, parameters: parameters + start)
    }
  }

  /// The memory of a side network's end.
  final class SideEndScratch {
    /// The class token `[w]`, standardised, and what the classifier reads.
    let vector: FloatBuffer
    let classifierInput: FloatBuffer
    /// The norm's factor.
    var factor: Float = 0

    // Gradients of the above; empty unless training.
    let dVector: FloatBuffer
    let dClassifierInput: FloatBuffer

    init(_ shape: NetworkShape, _ width: Int, training: Bool) {
      vector = FloatBuffer(width)
      classifierInput = FloatBuffer(shape.classifierInput)
      dVector = FloatBuffer(training ? width : 0)
      dClassifierInput = FloatBuffer(training ? shape.classifierInput : 0)
    }
  }
#endif
