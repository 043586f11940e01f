import MISTEdge

func info(_ options: Options, _ out: Output) throws(Failure) {
  let input = try MappedInput(options.files[0])
  let bundle = try input.bundle()
  if options.json { infoJSON(bundle, input, out) } else { infoText(bundle, input, out) }
}

private func infoText(_ bundle: EdgeBundle, _ input: MappedInput, _ out: Output) {
  out.text("size           ")
  out.number(input.bytes.count)
  out.text(" bytes, version ")
  out.number(UInt64(bundle.version))
  out.text(", minimum reader ")
  out.number(UInt64(bundle.minimumReader))
  out.text("\ntask           ")
  out.text(bundle.task.name)
  out.text("\nhead           ")
  headText(bundle.network, out)
  out.number(bundle.weights.count)
  out.text(" parameters as ")
  out.text(bundle.weights.type.name)
  out.text("\nfeatures       ")
  switch bundle.source.feature {
  case .gather(let depth):
    out.text("gather k = ")
    out.number(depth)
  case .final: out.text(bundle.source.maps == nil ? "final class token" : "final maps")
  case .layerTokens:
    out.text("layer tokens of ")
    numberList(bundle.source.layers, out)
  default: featureName(bundle.source.feature, out)
  }
  if bundle.precision != .f32 {
    out.text(" computed in ")
    out.text(bundle.precision.name)
  }
  inputText(bundle.network, bundle.source, out)
  out.text("\nmodel          ")
  out.hexadecimal(bundle.source.modelHash)
  out.text("\npreprocessing  ")
  preprocessing(bundle.preprocessing, out)
  out.text("\ngolden         ")
  if let golden = bundle.golden {
    out.number(golden.shape.tokens)
    out.text(bundle.source.maps == nil ? " tokens as " : " positions as ")
    out.text(golden.type.name)
    out.text(", tolerance ")
    out.scientific(golden.tolerance, digits: 1)
  } else {
    out.text("none")
  }
  if !bundle.provenance.isEmpty {
    out.text("\nprovenance     ")
    out.shown(bundle.provenance)
  }
  listsText(bundle, out)
}

private func listsText(_ bundle: EdgeBundle, _ out: Output) {
  out.text("\nsections       id, bytes, CRC-32")
  for section in bundle.sections {
    out.text("\n  ")
    out.section(section.id)
    out.text("  ")
    out.number(section.range.count)
    out.text("  ")
    out.hexadecimal(section.checksum)
    if !section.id.isKnown { out.text("  (unknown, skipped)") }
  }
  out.text("\nclasses        ")
  out.number(bundle.labels.count)
  for index in 0..<bundle.labels.count {
    out.text("\n  ")
    out.number(index)
    out.text("  ")
    out.shown(bundle.labels[index])
  }
  out.line()
}

private func preprocessing(_ p: BundlePreprocessing, _ out: Output) {
  out.text(p.interpolation == .bilinear ? "bilinear resize to " : "bicubic resize to ")
  if p.resize == .shortestEdge { out.text("shortest edge ") }
  out.number(p.height)
  if p.resize == .exact {
    out.text("x")
    out.number(p.width)
  }
  if p.cropHeight > 0 {
    out.text(", centre crop ")
    out.number(p.cropHeight)
    out.text("x")
    out.number(p.cropWidth)
  }
  out.text(", mean")
  for value in [p.mean.0, p.mean.1, p.mean.2] {
    out.text(" ")
    out.fixed(Double(value), decimals: 4)
  }
  out.text(", std")
  for value in [p.deviation.0, p.deviation.1, p.deviation.2] {
    out.text(" ")
    out.fixed(Double(value), decimals: 4)
  }
  if p.orientation == .apply { out.text(", EXIF orientation applied") }
}

extension StoredType {
  var name: StaticString {
    switch self {
    case .f32: "f32"
    case .f16: "f16"
    case .int8: "int8"
    }
  }
}
