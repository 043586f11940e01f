import MISTBackbone
import MISTFormats
import MISTModels

/// Precisions of one model, measured on some images against f32, the fastest first, until one is within the bound.
struct PrecisionMeasurement {
  /// Images that are measured on: a token of a few hundred in each shows what a precision does to it.
  static let largestImageCount = 8
  /// Bytes of f32 features that are kept to compare with; features of maps may leave room for fewer images.
  static let largestReference = 256 << 20

  let choice: PrecisionChoice
  /// The chosen model, where it is open: it need not be prepacked again.
  let backbone: (any Backbone)?

  /// Measures `outputs` of the models of `family`. One of them is in memory at a time.
  /// Throws what opening and running models throws, but for precisions that a model does not have.
  init(
    _ family: some PrecisionFamily, outputs: [BackboneOutput], on inputs: MeasuredInputs,
    bound: PrecisionError = .bound
  ) throws {
    let candidates = family.native.filter { $0 != .f32 }
    let references = candidates.isEmpty ? [] : try Self.references(family, outputs, inputs)
    var trials: [PrecisionChoice.Trial] = []
    var chosen: (any Backbone)?
    for precision in candidates where chosen == nil && !references.isEmpty {
      let backbone = try Self.opened(family, precision)
      let error = try backbone.flatMap { try Self.error($0, outputs, inputs, references) }
      trials.append(.init(precision, error: error, bound: bound))
      if trials.last?.isWithinBound == true { chosen = backbone }
    }
    choice = PrecisionChoice(images: references.count, bound: bound, trials: trials)
    backbone = chosen
  }

  /// An image's outputs in f32.
  private struct Reference {
    let input: Int
    let outputs: [[Float]]
  }

  private static func references(
    _ family: some PrecisionFamily, _ outputs: [BackboneOutput], _ inputs: MeasuredInputs
  ) throws -> [Reference] {
    let backbone = try family.open(.f32, nil)
    let worker = try backbone.makeWorker(outputs)
    var references: [Reference] = []
    var bytes = 0
    for input in 0..<min(inputs.count, largestImageCount) where bytes < largestReference {
      guard let pixels = try inputs.pixels(input) else { continue }
      var values = outputs.map { _ in [Float]() }
      try pixels.withUnsafeBufferPointer { try worker.forward($0) { values[$0] = Array($1) } }
      bytes += values.reduce(0) { $0 + 4 * $1.count }
      references.append(Reference(input: input, outputs: values))
    }
    try backbone.confirm()
    return references
  }

  /// Nil where the model has no products in it.
  private static func opened(_ family: some PrecisionFamily, _ precision: Precision) throws
    -> (any Backbone)?
  {
    do {
      return try family.open(precision, nil)
    } catch let error as MISTError where error.code == .backbonePrecision {
      return nil
    }
  }

  private static func error(
    _ backbone: any Backbone, _ outputs: [BackboneOutput], _ inputs: MeasuredInputs, _ references: [Reference]
  ) throws -> PrecisionError? {
    let worker = try backbone.makeWorker(outputs)
    let channels = outputs.map { backbone.shape(of: $0)?.last }
    var difference = FeatureDifference(outputs: outputs.count)
    for reference in references {
      guard let pixels = try inputs.pixels(reference.input) else { continue }
      try pixels.withUnsafeBufferPointer {
        try worker.forward($0) { index, found in
          difference.add(index, channels: channels[index], found, reference.outputs[index])
        }
      }
    }
    try backbone.confirm()
    return difference.error
  }
}
