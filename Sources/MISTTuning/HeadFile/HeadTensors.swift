import MISTEdge

/// A head's parameters as named tensors, in `HeadLayout`'s order.
public struct HeadTensor: Sendable {
  public let name: String
  public let shape: [Int]
  /// Where it lies in the flat parameters.
  public let range: Range<Int>

  /// All tensors of a head of this layout.
  public static func all(_ layout: HeadLayout) -> [HeadTensor] {
    let c = layout.shape.channels
    let r = layout.shape.rank
    let k = layout.shape.classes
    var tensors: [HeadTensor] = []
    if layout.shape.inputNorm {
      tensors.append(HeadTensor(name: "input_norm.weight", shape: [c], range: layout.inputGain))
      tensors.append(HeadTensor(name: "input_norm.bias", shape: [c], range: layout.inputBias))
    }
    for (i, block) in layout.blocks.enumerated() {
      let prefix = "blocks.\(i)."
      tensors.append(HeadTensor(name: prefix + "norm.weight", shape: [c], range: block.normGain))
      tensors.append(HeadTensor(name: prefix + "norm.bias", shape: [c], range: block.normBias))
      tensors.append(HeadTensor(name: prefix + "qkv.weight", shape: [3 * r, c], range: block.qkv))
      tensors.append(HeadTensor(name: prefix + "out.weight", shape: [c, r], range: block.out))
    }
    tensors.append(HeadTensor(name: "norm.weight", shape: [c], range: layout.finalGain))
    tensors.append(HeadTensor(name: "norm.bias", shape: [c], range: layout.finalBias))
    tensors.append(HeadTensor(name: "classifier.weight", shape: [k, c], range: layout.classifier))
    tensors.append(HeadTensor(name: "classifier.bias", shape: [k], range: layout.classifierBias))
    return tensors
  }
}
