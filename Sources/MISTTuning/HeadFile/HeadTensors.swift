import MISTEdge
import MISTFormats

/// A head's parameters as named tensors, in the order of its layout.
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
      tensors += norm("input_norm", layout.inputGain, layout.inputBias, channels: c)
    }
    for (i, block) in layout.blocks.enumerated() { tensors += blockTensors("blocks.\(i).", block, r, c) }
    tensors += norm("norm", layout.finalGain, layout.finalBias, channels: c)
    tensors.append(HeadTensor(name: "classifier.weight", shape: [k, c], range: layout.classifier))
    tensors.append(HeadTensor(name: "classifier.bias", shape: [k], range: layout.classifierBias))
    return tensors
  }

  /// All tensors of a head on maps of this layout: levels count from 0, the finest first.
  public static func all(_ layout: MapHeadLayout) -> [HeadTensor] {
    let shape = layout.shape
    let (rows, hidden, classes) = (shape.outputRows, shape.hidden, shape.classes)
    var tensors: [HeadTensor] = []
    for (i, level) in layout.levels.enumerated() {
      let c = shape.levels[i].channels
      let prefix = "levels.\(i)."
      if shape.inputNorm {
        tensors += norm(prefix + "input_norm", level.inputGain, level.inputBias, channels: c)
      }
      for (j, block) in level.blocks.enumerated() {
        tensors += blockTensors("\(prefix)blocks.\(j).", block, shape.rank, c)
      }
      if shape.norm { tensors += norm(prefix + "norm", level.normGain, level.normBias, channels: c) }
      tensors.append(HeadTensor(name: prefix + "product.weight", shape: [rows, c], range: level.product))
    }
    tensors.append(HeadTensor(name: "bias", shape: [rows], range: layout.bias))
    if hidden > 0 {
      tensors.append(
        HeadTensor(name: "classifier.weight", shape: [classes, hidden], range: layout.classifier))
      tensors.append(HeadTensor(name: "classifier.bias", shape: [classes], range: layout.classifierBias))
    }
    return tensors
  }

  private static func norm(_ name: String, _ gain: Range<Int>, _ bias: Range<Int>, channels: Int)
    -> [HeadTensor]
  {
    [
      HeadTensor(name: name + ".weight", shape: [channels], range: gain),
      HeadTensor(name: name + ".bias", shape: [channels], range: bias),
    ]
  }

  private static func blockTensors(_ prefix: String, _ block: HeadLayout.Block, _ rank: Int, _ channels: Int)
    -> [HeadTensor]
  {
    norm(prefix + "norm", block.normGain, block.normBias, channels: channels) + [
      HeadTensor(name: prefix + "qkv.weight", shape: [3 * rank, channels], range: block.qkv),
      HeadTensor(name: prefix + "out.weight", shape: [channels, rank], range: block.out),
    ]
  }
}

extension HeadTensor {
  /// The parameters in `archive`, which must hold exactly these tensors. Throws the `head.` codes.
  static func read(_ tensors: [HeadTensor], count: Int, from archive: SafetensorsArchive) throws -> [Float] {
    let known = Set(tensors.map(\.name))
    for tensor in archive.tensors where !known.contains(tensor.name) {
      throw MISTError(
        .headUnknownTensor, at: "tensor '\(tensor.name.prefix(120))'",
        "a head of this shape has no such tensor")
    }
    for tensor in tensors { try tensor.check(archive.info(tensor.name)) }
    var parameters = [Float](repeating: 0, count: count)
    for tensor in tensors {
      try archive.withBytes(of: tensor.name) { bytes in
        try parameters.withUnsafeMutableBufferPointer {
          try FloatConversion.toFloats(
            bytes, dtype: .f32, into: UnsafeMutableBufferPointer(rebasing: $0[tensor.range]))
        }
      }
      if let bad = tensor.range.first(where: { !parameters[$0].isFinite }) {
        throw MISTError(
          .headNotFinite, at: "tensor '\(tensor.name)'",
          "element \(bad - tensor.range.lowerBound) is \(parameters[bad])", advice: "train the head again")
      }
    }
    return parameters
  }

  private func check(_ info: TensorInfo?) throws {
    let place = "tensor '\(name)'"
    guard let info else {
      throw MISTError(.headMissingTensor, at: place, "a head of this shape has it, and the file does not")
    }
    guard info.dtype == .f32 else {
      throw MISTError(.headTensorDType, at: place, "F32 is expected, found \(info.dtype.rawValue)")
    }
    guard info.shape == shape else {
      throw MISTError(.headTensorShape, at: place, "shape \(shape) is expected, found \(info.shape)")
    }
  }

  /// Writes a head file, whole or not at all. Throws `file.write-failed`.
  static func write(
    _ tensors: [HeadTensor], _ parameters: [Float], metadata: [String: String], to path: String
  ) throws {
    var writer = try SafetensorsWriter(
      path: path, tensors: tensors.map { TensorInfo(name: $0.name, dtype: .f32, shape: $0.shape) },
      metadata: metadata)
    for tensor in tensors { try writer.append(tensor.name, floats: Array(parameters[tensor.range])) }
    try writer.finish()
  }
}
