import MISTEdge

/// The first keys of the object about a head, which the caller ends.
func headJSON(_ shape: NetworkShape, _ out: Output) {
  out.key("kind", opening: true)
  switch shape.readout {
  case .pooled where shape.body != .streams: bodyJSON(shape, out)
  case .pooled(let pooling):
    out.quoted(shape.depth == 0 ? "linear" : shape.function == .attention ? "lae" : "blocks")
    out.key("blocks")
    out.number(shape.depth)
    if shape.depth > 0, shape.function != .attention {
      out.key("block")
      out.quoted(shape.function.name)
    }
    out.key("rank")
    out.number(shape.rank)
    out.key("pooling")
    out.quoted(pooling.name)
    out.key("input_norm")
    out.boolean(shape.inputNorm)
  case .dense(let dense):
    out.quoted(dense.hidden > 0 ? "map_mlp" : "map_linear")
    out.key("hidden")
    out.number(dense.hidden)
    out.key("rank")
    out.number(shape.rank)
    out.key("input_norm")
    out.boolean(shape.inputNorm)
    out.key("norm")
    out.boolean(dense.norm)
    out.key("output")
    pair(dense.height, dense.width, out)
  }
  out.key("epsilon")
  out.jsonNumber(shape.epsilon)
}

private func bodyJSON(_ shape: NetworkShape, _ out: Output) {
  out.quoted(shape.body.name ?? "")
  out.key("maps")
  out.number(shape.streams.count)
  if let block = shape.body.transformer {
    out.key("width")
    out.number(block.width)
    out.key("heads")
    out.number(block.heads)
    out.key("hidden")
    out.number(block.hidden)
    out.key("layer_scale")
    out.boolean(block.layerScale)
  } else {
    out.key("rank")
    out.number(shape.rank)
  }
}

/// What the network reads.
func inputJSON(_ shape: NetworkShape, _ source: BundleSource, _ out: Output) {
  guard let maps = source.maps else {
    out.key("tokens")
    out.number(shape.inputTokens)
    out.key("channels")
    out.number(shape.streams[0].channels)
    return
  }
  out.key("input")
  pair(maps.height, maps.width, out)
  out.key("levels")
  out.text("[")
  for (number, level) in zip(maps.levels, shape.streams) {
    if number != maps.levels.first { out.text(",") }
    out.key("level", opening: true)
    out.number(number)
    out.key("height")
    out.number(level.height)
    out.key("width")
    out.number(level.width)
    out.key("channels")
    out.number(level.channels)
    out.key("blocks")
    out.number(level.depth)
    out.key("reduction")
    out.number(level.reduction)
    out.text("}")
  }
  out.text("]")
}

private func pair(_ a: Int, _ b: Int, _ out: Output) {
  out.text("[")
  out.number(a)
  out.text(",")
  out.number(b)
  out.text("]")
}
