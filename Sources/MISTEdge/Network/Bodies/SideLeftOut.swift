// A runtime without transformer blocks: its reader refuses their heads, and nothing here is ever made.
#if MIST_WITHOUT_TRANSFORMERS
  final class SideNetwork<K: EdgeKernels> {
    init(_ shape: NetworkShape, _ table: ParameterTable, _ block: TransformerShape) {
      preconditionFailure("the runtime was built without transformer blocks")
    }

    func prepare(_ parameters: UnsafePointer<Float>) {}
    func forward(
      _ t: Int, _ s: SideScratch, _ masks: DropoutMasks, into logits: UnsafeMutablePointer<Float>
    ) {}
    func backward(
      _ dLogits: UnsafePointer<Float>, _ t: Int, _ s: SideScratch, _ masks: DropoutMasks,
      _ g: UnsafeMutablePointer<Float>
    ) {}
    func unfold(_ g: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>) {}
  }

  final class SideScratch {
    let inputs: [UnsafeMutablePointer<Float>] = []

    init(_ shape: NetworkShape, _ block: TransformerShape, tokens t: Int, training: Bool) {
      preconditionFailure("the runtime was built without transformer blocks")
    }
  }
#endif
