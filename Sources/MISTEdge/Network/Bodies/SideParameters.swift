extension Body {
  var isLadder: Bool { if case .ladder = self { true } else { false } }

  /// Adds the parameters of transformer blocks on `shape`'s inputs, up to the classifier.
  static func addParameters(_ block: TransformerShape, _ shape: NetworkShape, to table: inout ParameterTable)
  {
    let inputs = shape.streams.count
    if shape.body.isLadder {
      for i in 0..<inputs {
        table.add(.down, rows: block.width, shape.channels, .xavier, i)
        table.add(.downBias, block.width, .zeros, i)
      }
      for i in 1..<inputs {
        table.add(.mix, 1, .zeros, nil, i)
        block.addParameters(block: i, to: &table)
      }
    } else {
      block.addParameters(block: 0, to: &table)
    }
    table.addNorm(.normGain, .normBias, block.width)
    guard shape.body.isLadder else { return }
    table.add(.up, rows: shape.channels, block.width, .xavier)
    table.add(.upBias, shape.channels)
  }
}

extension ParameterName {
  /// Projection of an input down to a ladder's width `[w, C]`, and its bias.
  package static let down = ParameterName("down.weight")
  static let downBias = ParameterName("down.bias")
  /// α of what a ladder's block reads.
  package static let mix = ParameterName("mix")
  /// Projection up to the inputs' channels `[C, w]`, and its bias.
  package static let up = ParameterName("up.weight")
  static let upBias = ParameterName("up.bias")
}
