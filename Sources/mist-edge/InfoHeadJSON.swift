import MISTEdge

/// The first keys of the object about a head, which the caller ends.
func headJSON(_ shape: HeadShape, _ out: Output) {
  out.key("kind", opening: true)
  out.quoted(shape.depth > 0 ? "lae" : "linear")
  out.key("blocks")
  out.number(shape.depth)
  out.key("rank")
  out.number(shape.rank)
  out.key("pooling")
  out.quoted(shape.pooling == .cls ? "cls" : "mean")
  out.key("input_norm")
  out.boolean(shape.inputNorm)
  out.key("epsilon")
  out.jsonNumber(shape.epsilon)
}

func headJSON(_ shape: MapHeadShape, _ out: Output) {
  out.key("kind", opening: true)
  out.quoted(shape.hidden > 0 ? "map_mlp" : "map_linear")
  out.key("hidden")
  out.number(shape.hidden)
  out.key("rank")
  out.number(shape.rank)
  out.key("input_norm")
  out.boolean(shape.inputNorm)
  out.key("norm")
  out.boolean(shape.norm)
  out.key("output")
  pair(shape.outputHeight, shape.outputWidth, out)
  out.key("epsilon")
  out.jsonNumber(shape.epsilon)
}

func levelsJSON(_ shape: MapHeadShape, _ source: BundleSource, _ out: Output) {
  guard let maps = source.maps else { return }
  out.key("input")
  pair(maps.height, maps.width, out)
  out.key("levels")
  out.text("[")
  for (number, level) in zip(maps.levels, shape.levels) {
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
