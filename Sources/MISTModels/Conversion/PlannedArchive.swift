import MISTFormats

/// A model under canonical names, whatever convention its file follows: a conversion's steps carried out in memory, one
/// tensor when it is asked for. Rearranged only: elements keep the type that all parts of a tensor have.
package struct PlannedArchive: TensorArchive {
  package let path: String
  package let format: String
  package let metadata: [String: String] = [:]
  /// In canonical order.
  package let tensors: [TensorInfo]

  private let source: any TensorArchive
  private let steps: [String: ConversionPlan.Step]

  package init(_ conversion: Conversion) {
    source = conversion.source.archive
    path = source.path
    format = source.format
    let kept = conversion.plan.steps.map(Self.keepingType)
    tensors = kept.map(\.destination)
    steps = Dictionary(kept.map { ($0.destination.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package func info(_ name: String) -> TensorInfo? { steps[name]?.destination }

  /// The stored tensors that `name` is made of; empty for zeros that the source does not store.
  package func origins(of name: String) -> [TensorInfo] { steps[name]?.sources ?? [] }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let step = steps[name] else {
      throw MISTError(.tensorNotFound, file: path, at: name, "the model has no tensor of that name")
    }
    if let only = step.sources.first, step.sources.count == 1, only.dtype == step.destination.dtype,
      step.transform.keepsOrder
    {
      return try source.withBytes(of: only.name, body)
    }
    var made = MemorySink()
    made.bytes.reserveCapacity(step.destination.byteCount)
    // To be looked at, whatever the values are.
    var copier = TensorCopier(refusesNotFinite: false)
    _ = try copier.copy(step, from: source, to: &made)
    return try made.bytes.withUnsafeBytes(body)
  }

  package func release(_ name: String) {
    for tensor in steps[name]?.sources ?? [] { source.release(tensor.name) }
  }

  /// The step without a change of type, where its parts have one in common.
  private static func keepingType(_ step: ConversionPlan.Step) -> ConversionPlan.Step {
    let types = Set(step.sources.map(\.dtype))
    guard let type = types.first else { return step }
    let destination = TensorInfo(
      name: step.destination.name,
      dtype: types.count == 1 ? type : types.contains(.f64) ? .f64 : .f32,
      shape: step.destination.shape)
    return ConversionPlan.Step(
      destination: destination, transform: step.transform, sources: step.sources)
  }
}

extension Transform {
  /// Whether one foreign tensor's bytes are the canonical one's as they are.
  var keepsOrder: Bool {
    switch self {
    case .identity, .squeeze, .pointwise: true
    default: false
    }
  }
}

/// A tensor put together in memory.
struct MemorySink: TensorSink {
  var bytes: [UInt8] = []

  mutating func append(_ name: String, _ part: UnsafeRawBufferPointer) { bytes += part }
}
