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
  /// No tensor that can be compared.
  package static let goldenEmpty = ErrorCode("golden.empty")
}

/// Another implementation's activations: `input` `[B, 3, H, W]` and any outputs of the model (`BackboneOutput.init(golden:)`).
/// A ViT's are `F<i>`, `gather_k<k>` and `final_norm`, each `[B, T, C]`; a SegFormer's `F<k>`, `stage<s>`, `A<level>_k<k>` and
/// `logits`, each `[B, H, W, C]`.
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

  /// Tensor `name` as f32.
  func floats(_ name: String) throws -> [Float] {
    guard let info = archive.info(name) else {
      throw MISTError(
        .tensorNotFound, file: archive.path, at: "tensor '\(name)'", "there is none of that name")
    }
    do {
      return try archive.withBytesOnce(of: name) { try FloatConversion.floats($0, dtype: info.dtype) }
    } catch let error as MISTError {
      throw error.inFile(archive.path)
    }
  }
}

/// What a golden file expects of a model.
struct GoldenTensors {
  /// Tensors to compare, in the order the forward pass reaches them.
  let expected: [(name: String, output: BackboneOutput)]
  /// Names that mean nothing here.
  let skipped: [String]

  init(expected: [(name: String, output: BackboneOutput)], skipped: [String]) {
    (self.expected, self.skipped) = (expected, skipped)
  }

  /// Throws `golden.empty`.
  init(_ golden: GoldenFile, _ catalog: any OutputCatalog) throws {
    var expected: [(name: String, output: BackboneOutput)] = []
    var skipped: [String] = []
    for tensor in golden.archive.tensors where tensor.name != "input" {
      if let output = BackboneOutput(golden: tensor.name) {
        expected.append((tensor.name, output))
      } else {
        skipped.append(tensor.name)
      }
    }
    guard !expected.isEmpty else {
      throw MISTError(
        .goldenEmpty, file: golden.archive.path, "there is nothing to compare",
        advice: "name the tensors \(catalog.goldenExamples)")
    }
    self.expected = expected.sorted {
      catalog.order(of: $0.output).lexicographicallyPrecedes(catalog.order(of: $1.output))
    }
    self.skipped = skipped
  }

  /// Throws `golden.depth` or `golden.shape-mismatch` when a tensor cannot be of a model with the outputs `catalog`.
  func check(_ golden: GoldenFile, _ catalog: any OutputCatalog) throws {
    for (name, output) in expected {
      let place = "tensor '\(name)'"
      guard let one = catalog.shape(of: output, image: golden.imageSize) else {
        throw MISTError(
          .goldenDepth, file: golden.archive.path, at: place, "the model has \(catalog.contents)")
      }
      let expected = [golden.batch] + one
      if let info = golden.archive.info(name), info.shape != expected {
        throw MISTError(
          .goldenShapeMismatch, file: golden.archive.path, at: place,
          "expected shape \(expected), found \(info.shape)")
      }
    }
  }
}
