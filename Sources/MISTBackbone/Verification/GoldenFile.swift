import MISTEdge
import MISTFormats

extension ErrorCode {
  package static let goldenMissingInput = ErrorCode("golden.missing-input")
  /// `input` is not `[B, 3, H, W]`.
  package static let goldenInputShape = ErrorCode("golden.input-shape")
  /// An expected tensor is not of the shape that this model gives for this input.
  package static let goldenShapeMismatch = ErrorCode("golden.shape-mismatch")
  /// A tensor of a block, gather depth or stage that the model does not have.
  package static let goldenDepth = ErrorCode("golden.depth")
  /// A map's shape is that of both layouts, and nothing in the file says which it is.
  package static let goldenAmbiguousLayout = ErrorCode("golden.ambiguous-layout")
  /// No tensor that can be compared.
  package static let goldenEmpty = ErrorCode("golden.empty")
}

/// Another implementation's activations: `input` `[B, 3, H, W]` and any outputs of the model (`BackboneOutput.init(golden:)`).
/// A ViT's are `F<i>`, `gather_k<k>` and `final_norm`, each `[B, T, C]`; a SegFormer's `F<k>`, `stage<s>`, `A<level>_k<k>` and
/// `logits`, each `[B, H, W, C]`, or `[B, C, H, W]` as PyTorch has maps.
package struct GoldenFile: Sendable {
  package let archive: any TensorArchive
  /// Images B, and their size.
  package let batch: Int
  package let height: Int
  package let width: Int

  /// Throws `golden.missing-input`, `golden.input-shape`, and the archive's own errors.
  package init(path: String) throws {
    archive = try openArchive(path)
    guard let input = archive.info("input") else {
      throw MISTError(
        .goldenMissingInput, file: path, "there is no tensor 'input'",
        advice: "store the pixels the activations were computed from as 'input' [B, 3, H, W]")
    }
    guard input.shape.count == 4, input.shape[1] == 3, input.shape.allSatisfy({ $0 > 0 }) else {
      throw MISTError(
        .goldenInputShape, file: path, at: "tensor 'input'", "expected [B, 3, H, W], found \(input.shape)")
    }
    (batch, height, width) = (input.shape[0], input.shape[2], input.shape[3])
  }

  package var imageSize: MapSize { MapSize(height: height, width: width) }

  /// Tensor `name` as f32, `[B, H, W, C]` if it is a map stored as `[B, C, H, W]`, which `channelsFirst` says.
  /// Throws `tensor.not-found` and what reading throws.
  package func floats(_ name: String, channelsFirst: Bool = false) throws -> [Float] {
    guard let info = archive.info(name) else {
      throw MISTError(
        .tensorNotFound, file: archive.path, at: "tensor '\(name)'", "there is none of that name")
    }
    do {
      let values = try archive.withBytesOnce(of: name) { try FloatConversion.floats($0, dtype: info.dtype) }
      guard channelsFirst else { return values }
      let (channels, positions) = (info.shape[1], info.shape[2] * info.shape[3])
      return values.indices.map { place in
        let (image, rest) = place.quotientAndRemainder(dividingBy: channels * positions)
        let (position, channel) = rest.quotientAndRemainder(dividingBy: channels)
        return values[(image * channels + channel) * positions + position]
      }
    } catch let error as MISTError {
      throw error.inFile(archive.path)
    }
  }
}
