import MISTEdge
import MISTFormats

/// A head's parameters as the tensors of its file, in the order of its table.
struct HeadTensors {
  private let table: ParameterTable
  private let tensors: [(name: String, parameter: Parameter)]

  init(_ shape: NetworkShape) {
    let table = ParameterTable(shape)
    self.table = table
    tensors = table.parameters.map { (table.fileName(of: $0, in: shape), $0) }
  }

  /// The parameters in `archive`, which must hold exactly these tensors. Throws the `head.` codes.
  func read(_ archive: SafetensorsArchive) throws -> [Float] {
    let known = Set(tensors.map(\.name))
    for tensor in archive.tensors where !known.contains(tensor.name) {
      throw MISTError(
        .headUnknownTensor, at: "tensor '\(tensor.name.prefix(120))'",
        "a head of this shape has no such tensor")
    }
    for tensor in tensors { try Self.check(archive.info(tensor.name), tensor.name, tensor.parameter.shape) }
    var parameters = [Float](repeating: 0, count: table.count)
    for (name, parameter) in tensors {
      let range = parameter.range
      try archive.withBytes(of: name) { bytes in
        try parameters.withUnsafeMutableBufferPointer {
          try FloatConversion.toFloats(
            bytes, dtype: .f32, into: UnsafeMutableBufferPointer(rebasing: $0[range]))
        }
      }
      if let bad = range.first(where: { !parameters[$0].isFinite }) {
        throw MISTError(
          .headNotFinite, at: "tensor '\(name)'",
          "element \(bad - range.lowerBound) is \(parameters[bad])", advice: "train the head again")
      }
    }
    return parameters
  }

  private static func check(_ info: TensorInfo?, _ name: String, _ shape: [Int]) throws {
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
  func write(_ parameters: [Float], metadata: [String: String], to path: String) throws {
    var writer = try SafetensorsWriter(
      path: path,
      tensors: tensors.map { TensorInfo(name: $0.name, dtype: .f32, shape: $0.parameter.shape) },
      metadata: metadata)
    for (name, parameter) in tensors {
      try writer.append(name, floats: Array(parameters[parameter.range]))
    }
    try writer.finish()
  }
}
