import MISTEdge

func headText(_ shape: NetworkShape, _ out: Output) {
  switch shape.readout {
  case .pooled(let pooling): pooledText(shape, pooling, out)
  case .dense(let dense): denseText(shape, dense, out)
  }
}

private func pooledText(_ shape: NetworkShape, _ pooling: Pooling, _ out: Output) {
  if let name = shape.body.name {
    out.text(name)
    if shape.body.isOnMaps {
      out.text(", ")
      out.number(shape.streams.count)
      out.text(" maps")
    }
    let block = shape.body.transformer
    out.text(block == nil ? ", rank " : ", width ")
    out.number(block?.width ?? shape.rank)
    if let block {
      out.text(", ")
      out.number(block.heads)
      out.text(" heads")
    }
  } else if shape.depth > 0 {
    out.text(shape.function == .attention ? "lae" : shape.function.name)
    out.text(", ")
    out.number(shape.depth)
    out.text(" blocks")
    if shape.function.hasRank {
      out.text(" of ")
      out.text(shape.function.rankTitle)
      out.text(" ")
      out.number(shape.rank)
    }
  } else {
    out.text("linear")
  }
  out.text(", ")
  out.text(pooling.title)
  out.text(shape.inputNorm ? ", input norm, " : ", ")
}

private func denseText(_ shape: NetworkShape, _ dense: DenseShape, _ out: Output) {
  out.text(dense.hidden > 0 ? "mlp on maps, " : "linear on maps, ")
  if dense.hidden > 0 {
    out.text("width ")
    out.number(dense.hidden)
    out.text(", ")
  }
  if shape.rank > 0 {
    out.text("lae of rank ")
    out.number(shape.rank)
    out.text(", ")
  }
  if shape.inputNorm { out.text("input norm, ") }
  if dense.norm { out.text("norm, ") }
  out.text("logits ")
  out.number(dense.height)
  out.text("x")
  out.number(dense.width)
  out.text(", ")
}

/// What the network reads: tokens, or the levels of the features and the image they come from.
func inputText(_ shape: NetworkShape, _ source: BundleSource, _ out: Output) {
  guard let maps = source.maps else {
    out.text(", ")
    out.number(shape.inputTokens)
    out.text(" tokens of ")
    out.number(shape.streams[0].channels)
    out.text(" channels")
    return
  }
  out.text(", image ")
  out.number(maps.height)
  out.text("x")
  out.number(maps.width)
  for (number, level) in zip(maps.levels, shape.streams) {
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
