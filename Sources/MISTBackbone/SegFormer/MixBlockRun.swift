import MISTKernels

/// A part of a SegFormer's forward pass, for measurements.
enum SegFormerPart: Int, CaseIterable, Sendable {
  case patchEmbedding, norm, reduction, query, attention, projection, fc1, depthwise, fc2, gather
}

/// One block on one thread.
struct MixBlockRun {
  let shape: StageShape
  let scratch: SegFormerScratch
  let context: ProductContext
  let onPart: ((SegFormerPart) -> Void)?

  private var width: Int { shape.map.width }
  private var channels: Int { shape.map.channels }

  /// Applies `block` to the residual stream; adds the result to `sum` when there is one.
  func run(_ block: MixBlock, addingTo sum: AlignedFloats?) throws {
    try attend(block)
    try mix(block, sum)
  }

  /// `x ← x + proj(attention(LN(x)))`.
  private func attend(_ block: MixBlock) throws {
    let s = scratch
    normalise(block.norm1, s.stream.pointer, tokens: shape.map.tokens, into: s.normed.pointer)
    onPart?(.norm)
    var source = s.normed.pointer
    if let reduction = block.reduction {
      reduction.patches.gather(
        s.normed.pointer, rows: 0..<reduction.patches.output.height, into: s.patches.pointer)
      try reduction.product.run(s.patches.pointer, into: s.reduced.pointer, context)
      normalise(reduction.norm, s.reduced.pointer, tokens: shape.keys, into: s.reduced.pointer)
      source = s.reduced.pointer
    }
    let keysAndValues = s.keysAndValues.rows(of: 2 * channels)
    try block.keysAndValues.run(Activations(source, width: channels), into: keysAndValues, context)
    shape.attention.pack(keysAndValues, into: s.packed.pointer)
    onPart?(.reduction)
    let (queries, attended) = (s.queries.rows(of: channels), s.attended.rows(of: channels))
    for index in 0..<shape.attentionStrips.count {
      let rows = shape.attentionStrips[index]
      let tokens = rows.count * width
      let first = rows.lowerBound * width
      try block.query.run(self.rows(s.normed, from: first), rows: tokens, into: queries, context)
      onPart?(.query)
      shape.attention.run(
        queries, count: tokens, packed: s.packed.pointer, into: attended, s.attention)
      onPart?(.attention)
      try block.projection.run(attended, rows: tokens, into: self.rows(s.stream, from: first), context)
      onPart?(.projection)
    }
  }

  /// `x ← x + fc2(GELU(depthwise(fc1(LN(x)))))`. A row of the depthwise convolution needs the one below it, so its rows, and
  /// fc2's, come one row late.
  func mix(_ block: MixBlock, _ sum: AlignedFloats?) throws {
    let s = scratch
    let strips = shape.mlpStrips
    let hiddenRow = width * shape.stage.mlpWidth
    for index in 0..<strips.count {
      let rows = strips[index]
      let tokens = rows.count * width
      // The strip's hidden rows follow the two last ones of the strip before.
      if index > 0 {
        s.hidden.pointer.update(from: s.hidden.pointer + strips.height * hiddenRow, count: 2 * hiddenRow)
      }
      let first = rows.lowerBound * width * channels
      normalise(block.norm2, s.stream.pointer + first, tokens: tokens, into: s.normed.pointer)
      onPart?(.norm)
      try block.fc1.run(
        self.rows(s.normed, from: 0), rows: tokens,
        into: Activations(s.hidden.pointer + 2 * hiddenRow, width: shape.stage.mlpWidth), context)
      onPart?(.fc1)
      let ready = strips.delayed(index)
      let top = UnsafePointer(s.hidden.pointer) - (rows.lowerBound - 2) * hiddenRow
      for row in ready {
        mist_depthwise_gelu(
          row > 0 ? top + (row - 1) * hiddenRow : nil, top + row * hiddenRow,
          row + 1 < strips.rows ? top + (row + 1) * hiddenRow : nil, width, shape.stage.mlpWidth,
          block.depthwise.pointer, block.depthwiseBias.pointer,
          s.activated.pointer + (row - ready.lowerBound) * hiddenRow)
      }
      onPart?(.depthwise)
      let place = ready.lowerBound * width * channels
      try block.fc2.run(
        Activations(s.activated.pointer, width: shape.stage.mlpWidth), rows: ready.count * width,
        into: self.rows(s.stream, from: ready.lowerBound * width), context)
      onPart?(.fc2)
      if let sum {
        mist_add(sum.pointer + place, s.stream.pointer + place, ready.count * width * channels)
        onPart?(.gather)
      }
    }
  }

  /// The rows of a map `[T, C]` from `first`.
  private func rows(_ map: AlignedFloats, from first: Int) -> Activations {
    Activations(map.pointer + first * channels, width: channels)
  }

  private func normalise(
    _ norm: NormWeights, _ x: UnsafePointer<Float>, tokens: Int, into out: UnsafeMutablePointer<Float>
  ) {
    mist_layer_norm(x, tokens, channels, norm.gain.pointer, norm.bias.pointer, norm.epsilon, out)
  }
}
