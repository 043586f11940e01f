import MISTEdge

/// The feature's name as shards have it: `k12`, `F11`, `ladder2`, `layers`.
func featureName(_ feature: Feature, _ out: Output) {
  switch feature {
  case .block(let i): numbered("F", i, out)
  case .gather(let k): numbered("k", k, out)
  case .final: out.text("final")
  case .layerTokens: out.text("layers")
  case .ladder(1): out.text("ladder")
  case .ladder(let step): numbered("ladder", step, out)
  case .side(let count): numbered("side", count, out)
  }
}

private func numbered(_ name: StaticString, _ number: Int, _ out: Output) {
  out.text(name)
  out.number(number)
}

/// Numbers, joined by commas.
func numberList(_ list: [Int], _ out: Output) {
  for place in 0..<list.count {
    if place > 0 { out.text(",") }
    out.number(list[place])
  }
}
