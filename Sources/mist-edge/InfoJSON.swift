import MISTEdge

func infoJSON(_ bundle: EdgeBundle, _ input: MappedInput, _ out: Output) {
  out.key("bytes", opening: true)
  out.number(input.bytes.count)
  out.key("version")
  out.number(UInt64(bundle.version))
  out.key("minimum_reader")
  out.number(UInt64(bundle.minimumReader))
  out.key("task")
  out.quoted(bundle.task.name)
  out.key("head")
  headJSON(bundle.network, out)
  out.key("parameters")
  out.number(bundle.weights.count)
  out.key("dtype")
  out.quoted(bundle.weights.type.name)
  out.text("}")
  out.key("gather")
  if case .gather(let depth) = bundle.source.feature {
    out.number(depth)
  } else {
    out.text("\"")
    featureName(bundle.source.feature, out)
    out.text("\"")
  }
  if bundle.source.feature == .layerTokens {
    out.key("layers")
    out.text("[")
    numberList(bundle.source.layers, out)
    out.text("]")
  }
  out.key("precision")
  out.quoted(bundle.precision.name)
  inputJSON(bundle.network, bundle.source, out)
  out.key("model")
  out.text("\"")
  out.hexadecimal(bundle.source.modelHash)
  out.text("\"")
  preprocessingJSON(bundle.preprocessing, out)
  out.key("golden")
  if let golden = bundle.golden {
    out.key("tokens", opening: true)
    out.number(golden.shape.tokens)
    out.key("dtype")
    out.quoted(golden.type.name)
    out.key("tolerance")
    out.jsonNumber(golden.tolerance)
    out.text("}")
  } else {
    out.text("null")
  }
  out.key("provenance")
  out.quoted(bundle.provenance)
  listsJSON(bundle, out)
  out.line("}")
}

private func preprocessingJSON(_ p: BundlePreprocessing, _ out: Output) {
  out.key("preprocessing")
  out.key("resize", opening: true)
  out.quoted(p.resize == .exact ? "exact" : "shortest_edge")
  out.key("height")
  out.number(p.height)
  out.key("width")
  out.number(p.width)
  out.key("crop")
  out.text("[")
  out.number(p.cropHeight)
  out.text(",")
  out.number(p.cropWidth)
  out.text("]")
  out.key("interpolation")
  out.quoted(p.interpolation == .bilinear ? "bilinear" : "bicubic")
  out.key("mean")
  triple(p.mean, out)
  out.key("std")
  triple(p.deviation, out)
  out.key("orientation")
  out.quoted(p.orientation == .apply ? "apply" : "ignore")
  out.text("}")
}

private func triple(_ values: (Float, Float, Float), _ out: Output) {
  out.text("[")
  out.jsonNumber(values.0)
  out.text(",")
  out.jsonNumber(values.1)
  out.text(",")
  out.jsonNumber(values.2)
  out.text("]")
}

private func listsJSON(_ bundle: EdgeBundle, _ out: Output) {
  out.key("sections")
  out.text("[")
  for (place, section) in bundle.sections.enumerated() {
    if place > 0 { out.text(",") }
    out.key("id", opening: true)
    out.text("\"")
    out.section(section.id)
    out.text("\"")
    out.key("offset")
    out.number(section.range.lowerBound)
    out.key("bytes")
    out.number(section.range.count)
    out.text("}")
  }
  out.text("]")
  out.key("labels")
  out.text("[")
  for index in 0..<bundle.labels.count {
    if index > 0 { out.text(",") }
    out.quoted(bundle.labels[index])
  }
  out.text("]")
}
