import MISTFormats

extension Conversion {
  /// What writing the model for `destination` will do; nil for mist's own checkpoint.
  /// Throws `convert.unsupported-model` for what the destination cannot express.
  package func plan(for destination: Destination) throws -> ForeignPlan? {
    try destination.form(of: plan).map { try ForeignPlan(self, $0) }
  }

  /// Writes the weights of `plan` to the file `path`, one tensor at a time. The file appears when everything is written.
  /// Calls `progress` with the number of tensors written.
  @discardableResult
  package func write(_ plan: ForeignPlan, to path: String, progress: (Int, Int) -> Void = { _, _ in }) throws
    -> Outcome
  {
    let tensors = plan.tensors.map(\.info)
    guard !plan.isNPZ else {
      var writer = try NPZWriter(
        path: path, tensors: tensors, comment: CarriedModel.commentMark + plan.carried)
      return try write(plan, with: &writer, progress)
    }
    var writer = try SafetensorsWriter(
      path: path, tensors: tensors, metadata: ["format": "pt", CarriedModel.key: plan.carried])
    return try write(plan, with: &writer, progress)
  }

  private func write(
    _ plan: ForeignPlan, with writer: inout some TensorWriter, _ progress: (Int, Int) -> Void
  ) throws -> Outcome {
    var maker = CanonicalMaker(self)
    for (number, tensor) in plan.tensors.enumerated() {
      try maker.write(tensor, to: &writer)
      progress(number + 1, plan.tensors.count)
    }
    try writer.finish()
    return maker.outcome
  }

  /// Writes the weights and the files beside them into the folder `path`, which appears whole, or takes the whole place of an older
  /// one. Throws as `AtomicFolder` does.
  @discardableResult
  package func write(_ plan: ForeignPlan, toFolder path: String, progress: (Int, Int) -> Void = { _, _ in })
    throws
    -> Outcome
  {
    let weights = "model.safetensors"
    let folder = try AtomicFolder(path: path, names: plan.files.map(\.name) + [weights])
    do {
      for file in plan.files { try AtomicFile.write(file.text, to: folder.temporaryPath + "/" + file.name) }
      let outcome = try write(plan, to: folder.temporaryPath + "/" + weights, progress: progress)
      try folder.commit()
      return outcome
    } catch let error as MISTError {
      throw folder.named(error)
    }
  }

  /// Throws `convert.unsupported-model` when the tensor of `step` is not zero.
  func requireZeros(_ step: ConversionPlan.Step, _ convention: Convention) throws {
    guard step.transform != .zeros, let stored = step.sources.first else { return }
    let values = try source.archive.withBytesOnce(of: stored.name) {
      try FloatConversion.floats($0, dtype: stored.dtype)
    }
    guard values.allSatisfy({ $0 == 0 }) else {
      throw MISTError(
        .convertUnsupportedModel, file: source.name, at: "tensor \(quoted(step.destination.name))",
        "convention \(convention.name) has no name for it, and it is not zero")
    }
  }
}

/// Makes canonical tensors of a conversion's source and writes parts of them under foreign names. Keeps the last canonical
/// tensor that had to be put together: the foreign tensors of one follow each other.
private struct CanonicalMaker {
  private let conversion: Conversion
  private var copier = TensorCopier()
  private var made: (step: Int, bytes: [UInt8])?
  private let band = BandMemory()
  private(set) var outcome = Conversion.Outcome()

  init(_ conversion: Conversion) { self.conversion = conversion }

  mutating func write(_ tensor: ForeignTensor, to writer: inout some TensorSink) throws {
    if tensor.origins.isEmpty {
      try [UInt8](repeating: 0, count: tensor.info.byteCount).withUnsafeBytes {
        try writer.append(tensor.info.name, $0)
      }
    }
    for origin in tensor.origins {
      let step = conversion.plan.steps[origin.step]
      if let only = stored(step) {
        let archive = conversion.source.archive
        try archive.withBytesOnce(of: only.name) {
          try TensorCopier.check($0, only, archive.path)
          try append($0, tensor, origin, step, to: &writer)
        }
        continue
      }
      if made?.step != origin.step {
        // The last one's memory, so that there is one at a time.
        var memory = MemorySink()
        if let last = made?.bytes { memory.bytes = last }
        made = nil
        memory.bytes.removeAll(keepingCapacity: true)
        memory.bytes.reserveCapacity(step.destination.byteCount)
        outcome.changes[step.destination.name] = try copier.copy(
          step, from: conversion.source.archive, to: &memory)
        made = (origin.step, memory.bytes)
      }
      try made?.bytes.withUnsafeBytes { try append($0, tensor, origin, step, to: &writer) }
    }
  }

  /// The source's tensor whose bytes are the canonical tensor's as they are, or nil.
  private func stored(_ step: ConversionPlan.Step) -> TensorInfo? {
    guard let only = step.sources.first, step.sources.count == 1, only.dtype == step.destination.dtype else {
      return nil
    }
    return step.transform.keepsOrder ? only : nil
  }

  /// Appends the part of the canonical tensor `bytes` that `origin` names, as the foreign tensor has it.
  private func append(
    _ bytes: UnsafeRawBufferPointer, _ tensor: ForeignTensor, _ origin: ForeignTensor.Origin,
    _ step: ConversionPlan.Step, to writer: inout some TensorSink
  ) throws {
    let size = bytes.count / origin.parts
    let part = UnsafeRawBufferPointer(rebasing: bytes[origin.part * size..<(origin.part + 1) * size])
    guard let reversal = origin.transform.reversal(of: step.destination.shape, parts: origin.parts) else {
      return try writer.append(tensor.info.name, part)
    }
    try reversal.forEachBand(of: part, size: tensor.info.dtype.size, memory: band) {
      try writer.append(tensor.info.name, $0)
    }
  }
}
