import MISTKernels

extension PackedWeights {
  /// Packs `weights` `[columns, depth]`, those of integers as `rounding` rounds them. Throws what that throws.
  init(
    _ weights: UnsafeBufferPointer<Float>, _ shape: ProductShape, _ layout: PackedLayout,
    rounding: CompensatedRounding? = nil
  ) throws {
    let (columns, depth) = (shape.columns, shape.depth)
    guard let count = layout.bytes(columns: columns, depth: depth) else {
      preconditionFailure("weights that are in memory are not too many")
    }
    let memory = AlignedBytes(count: count)
    let integers = layout.element == .int8 ? columns : 0
    let (scales, sums) = (AlignedFloats(count: integers), AlignedFloats(count: integers))
    switch layout.element {
    case .f32:
      mist_pack_panels(
        weights.baseAddress, columns, depth, depth, layout.panel,
        (depth + layout.steps - 1) / layout.steps * layout.steps,
        memory.pointer.assumingMemoryBound(to: Float.self))
    case .bf16: mist_bf16_pack(weights.baseAddress, columns, depth, memory.pointer)
    case .int8:
      mist_int8_scales(weights.baseAddress, columns, depth, scales.pointer)
      let rounded = try rounding?.round(weights, columns: columns, scales: scales.pointer)
      mist_int8_pack(
        rounded.map { UnsafePointer($0.pointer) } ?? weights.baseAddress, columns, depth, scales.pointer,
        memory.pointer, sums.pointer)
    }
    self.init(
      layout, columns: columns, depth: depth, panels: memory.pointer,
      scales: integers == 0 ? nil : UnsafePointer(scales.pointer),
      sums: integers == 0 ? nil : UnsafePointer(sums.pointer), owners: [memory, scales, sums])
  }
}
