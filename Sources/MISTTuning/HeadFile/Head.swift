import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats

/// A trained head: what `mist train` writes, and `eval` and `export` read (`Formats/head.md`).
public struct Head: Sendable {
  public static let formatName = "mist-head"
  public static let currentVersion = "1"

  public let description: HeadDescription
  /// In `HeadLayout`'s order.
  public let parameters: [Float]

  public var shape: HeadShape { description.shape }

  /// Throws the `head.` codes for a description that a reader would refuse.
  public init(description: HeadDescription, parameters: [Float]) throws {
    try description.check()
    let count = HeadLayout(description.shape).count
    guard parameters.count == count else {
      throw MISTError(.bug, "a head of \(count) parameters was given \(parameters.count)")
    }
    self.description = description
    self.parameters = parameters
  }

  /// Whether a file with this metadata says that it is a head.
  public static func isHead(_ metadata: [String: String]) -> Bool { metadata["format"] == formatName }

  /// Reads and checks the head at `path`. Throws the `head.` codes of `Formats/head.md`, the `safetensors.` codes, and
  /// those of `MappedFile`.
  public static func read(_ path: String) throws -> Head {
    do {
      return try read(SafetensorsArchive(path: path))
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  static func read(_ archive: SafetensorsArchive) throws -> Head {
    let description = try HeadDescription(metadata: archive.metadata)
    let layout = HeadLayout(description.shape)
    let expected = HeadTensor.all(layout)
    let known = Set(expected.map(\.name))
    for tensor in archive.tensors where !known.contains(tensor.name) {
      throw MISTError(
        .headUnknownTensor, at: "tensor '\(tensor.name.prefix(120))'",
        "a head of this shape has no such tensor")
    }
    for tensor in expected { try check(tensor, archive.info(tensor.name)) }
    var parameters = [Float](repeating: 0, count: layout.count)
    for tensor in expected {
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
    return try Head(description: description, parameters: parameters)
  }

  private static func check(_ tensor: HeadTensor, _ info: TensorInfo?) throws {
    let place = "tensor '\(tensor.name)'"
    guard let info else {
      throw MISTError(.headMissingTensor, at: place, "a head of this shape has it, and the file does not")
    }
    guard info.dtype == .f32 else {
      throw MISTError(.headTensorDType, at: place, "F32 is expected, found \(info.dtype.rawValue)")
    }
    guard info.shape == tensor.shape else {
      throw MISTError(.headTensorShape, at: place, "shape \(tensor.shape) is expected, found \(info.shape)")
    }
  }

  /// Writes the head to `path`, whole or not at all. Throws `file.write-failed`.
  public func write(to path: String) throws {
    let tensors = HeadTensor.all(HeadLayout(shape))
    var writer = try SafetensorsWriter(
      path: path, tensors: tensors.map { TensorInfo(name: $0.name, dtype: .f32, shape: $0.shape) },
      metadata: try description.metadata())
    for tensor in tensors { try writer.append(tensor.name, floats: Array(parameters[tensor.range])) }
    try writer.finish()
  }
}
