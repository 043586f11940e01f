import MISTEdge
import MISTFormats

/// Parameters that training goes on from: a model's last block and final norm, read tensor by tensor.
package struct StartingWeights: Sendable {
  private let archive: SafetensorsArchive
  private let prefix: String

  /// The weights of the last of `depth` blocks in `archive`, under their canonical names.
  init(_ archive: SafetensorsArchive, depth: Int) {
    self.archive = archive
    prefix = "blocks.\(depth - 1)."
  }

  /// The values of the parameter `name`; nil for one that the model does not have. Throws `training.start-differs` for another number of
  /// them than `count`, and what reading throws.
  func values(_ name: String, count: Int) throws -> [Float]? {
    let block = "blocks.0."
    let source: String
    if name.hasPrefix(block) {
      source = prefix + name.dropFirst(block.count)
    } else if name.hasPrefix("norm.") {
      source = "final_" + name
    } else {
      return nil
    }
    guard let info = archive.info(source), info.dtype == .f32, info.shape.reduce(1, *) == count else {
      throw MISTError(
        .trainingStartDiffers, at: "tensor '\(source)'",
        "\(count) F32 numbers are expected, found \(archive.info(source).map { "\($0.dtype.rawValue) \($0.shape)" } ?? "none")",
        advice: "extract the features again")
    }
    var values = [Float](repeating: 0, count: count)
    try archive.withBytes(of: source) { bytes in
      try values.withUnsafeMutableBufferPointer { try FloatConversion.toFloats(bytes, dtype: .f32, into: $0) }
    }
    return values
  }
}

extension ErrorCode {
  /// The stored last block is not of the model's sizes.
  package static let trainingStartDiffers = ErrorCode("training.start-differs")
}
