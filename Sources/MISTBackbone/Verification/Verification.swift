import MISTFormats
import MISTModels

/// A model's activations against another implementation's.
package struct Verification: Sendable {
  /// Largest error, relative to a tensor's largest magnitude, by the type that the model stores its weights in.
  package enum Tolerance {
    package static let f32 = 1e-4
    package static let f16 = 5e-3
    package static let bf16 = 4e-2

    /// That of the coarsest element type of the matrices among `tensors`, of all where there are none: vectors in another type, such
    /// as the periods of rotations, do not make a model coarse.
    package static func of(_ tensors: [TensorInfo]) -> Double {
      let matrices = tensors.filter { $0.shape.count > 1 }
      let types = Set((matrices.isEmpty ? tensors : matrices).map(\.dtype))
      return types.contains(.bf16) ? bf16 : types.contains(.f16) ? f16 : f32
    }
  }

  package let tolerance: Double
  /// In the order of the forward pass.
  package let comparisons: [TensorComparison]
  /// Names in the golden file that mean nothing here.
  package let skipped: [String]

  package var passed: Bool { comparisons.allSatisfy(\.passed) }
  package var firstDivergent: TensorComparison? { comparisons.first { !$0.passed } }

  /// What `golden` expects of `checkpoint`, in the order of the forward pass. Throws the golden's errors and the backbone's.
  package static func outputs(of checkpoint: CanonicalCheckpoint, _ golden: GoldenFile) throws
    -> [BackboneOutput]
  {
    let catalog = try Backbones.catalog(checkpoint.configuration)
    let tensors = try GoldenTensors(golden, catalog)
    try tensors.check(golden, catalog)
    return tensors.expected.map(\.output)
  }

  /// Runs `checkpoint` on every image of `golden`, at the golden's image size, with its products in `precision`. `opened`: the model,
  /// where it is open for what `outputs` gives.
  /// Throws the golden's errors, the backbone's and the checkpoint's; a difference is a result, not an error.
  package init(
    checkpoint: CanonicalCheckpoint, golden: GoldenFile, tolerance: Double? = nil,
    backend: ProductBackend = .automatic, precision: Precision = .f32,
    opened: (any Backbone)? = nil
  ) throws {
    let limit =
      tolerance ?? max(Tolerance.of(checkpoint.archive.tensors), PrecisionTolerance.of(precision))
    let catalog = try Backbones.catalog(checkpoint.configuration)
    let tensors = try GoldenTensors(golden, catalog)
    try tensors.check(golden, catalog)
    let backbone =
      try opened
      ?? Backbones.open(
        checkpoint, imageSize: golden.imageSize, outputs: tensors.expected.map(\.output), backend: backend,
        precision: precision)
    try self.init(backbone, catalog, golden, tensors, tolerance: limit)
  }

  init(
    _ backbone: any Backbone, _ catalog: any OutputCatalog, _ golden: GoldenFile, _ tensors: GoldenTensors,
    tolerance: Double
  ) throws {
    let worker = try backbone.makeWorker(tensors.expected.map(\.output))
    let channelsFirst = try tensors.check(golden, catalog)
    let expected = try tensors.expected.map {
      try golden.floats($0.name, channelsFirst: channelsFirst.contains($0.name))
    }
    let pixels = try golden.floats("input")
    let perImage = pixels.count / golden.batch
    var differences = expected.map { _ in Difference?.none }
    for image in 0..<golden.batch {
      try pixels.withUnsafeBufferPointer { all in
        let one = UnsafeBufferPointer(rebasing: all[image * perImage..<(image + 1) * perImage])
        try worker.forward(one) { index, found in
          let start = image * found.count
          var difference = differences[index] ?? Difference()
          difference.add(found, expected[index][start..<start + found.count])
          differences[index] = difference
        }
      }
    }
    try backbone.confirm()
    self.tolerance = tolerance
    skipped = tensors.skipped
    comparisons = zip(tensors.expected, differences).map { tensor, difference in
      TensorComparison(
        name: tensor.name, place: catalog.place(of: tensor.output), difference ?? .unknown,
        tolerance: tolerance)
    }
  }
}
