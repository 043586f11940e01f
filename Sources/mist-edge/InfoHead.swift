import MISTEdge

func headText(_ shape: HeadShape, _ out: Output) {
  if shape.depth > 0 {
    out.text("lae, ")
    out.number(shape.depth)
    out.text(" blocks of rank ")
    out.number(shape.rank)
  } else {
    out.text("linear")
  }
  out.text(shape.pooling == .cls ? ", class token" : ", mean over tokens")
  out.text(shape.inputNorm ? ", input norm, " : ", ")
}

func headText(_ shape: MapHeadShape, _ out: Output) {
  out.text(shape.hidden > 0 ? "mlp on maps, " : "linear on maps, ")
  if shape.hidden > 0 {
    out.text("width ")
    out.number(shape.hidden)
    out.text(", ")
  }
  if shape.rank > 0 {
    out.text("lae of rank ")
    out.number(shape.rank)
    out.text(", ")
  }
  if shape.inputNorm { out.text("input norm, ") }
  if shape.norm { out.text("norm, ") }
  out.text("logits ")
  out.number(shape.outputHeight)
  out.text("x")
  out.number(shape.outputWidth)
  out.text(", ")
}

/// The levels of the features, and the image they come from.
func levelsText(_ shape: MapHeadShape, _ source: BundleSource, _ out: Output) {
  guard let maps = source.maps else { return }
  out.text(", image ")
  out.number(maps.height)
  out.text("x")
  out.number(maps.width)
  for (number, level) in zip(maps.levels, shape.levels) {
    out.text("\n  level ")
    out.number(number)
    out.text("  ")
    out.number(level.height)
    out.text("x")
    out.number(level.width)
    out.text(" of ")
    out.number(level.channels)
    out.text(" channels")
    if level.depth > 0 {
      out.text(", ")
      out.number(level.depth)
      out.text(" blocks, keys pooled ")
      out.number(level.reduction)
      out.text("x")
      out.number(level.reduction)
    }
  }
}

extension MapHeadShape {
  /// Positions of all levels.
  var tokens: Int {
    var sum = 0
    for level in levels { sum += level.tokens }
    return sum
  }
}
