import MISTEdge
import MISTFormats

/// A head's parameters as named tensors, in the order of its layout.
public struct HeadTensor: Sendable {
  public let name: String
  public let shape: [Int]
  /// Where it lies in the flat parameters.
  public let range: Range<Int>

  /// All tensors of a head of this shape.
  public static func all(_ shape: NetworkShape) -> [HeadTensor] {
    let table = ParameterTable(shape)
    return table.parameters.map {
      HeadTensor(name: table.fileName(of: $0, in: shape), shape: $0.shape, range: $0.range)
    }
  }
}

extension HeadTensor {
  /// The parameters in `archive`, which must hold exactly these tensors. Throws the `head.` codes.
  static func read(_ tensors: [HeadTensor], from archive: SafetensorsArchive) throws -> [Float] {
    let known = Set(tensors.map(\.name))
    for tensor in archive.tensors where !known.contains(tensor.name) {
      throw MISTError(
        .headUnknownTensor, at: "tensor '\(tensor.name.prefix(120))'",
        "a head of this shape has no such tensor")
    }
    for tensor in tensors { try tensor.check(archive.info(tensor.name)) }
    var parameters = [Float](repeating: 0, count: tensors.last?.range.upperBound ?? 0)
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
