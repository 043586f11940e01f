import MISTEdge
import MISTModels

extension NetworkShape {
  /// Multiply-adds of one sample in the plain form of the network, as papers count them: the exact low-rank form takes fewer, and so
  /// does a last block of which the class token alone is read.
  package var multiplyAdds: MultiplyAdds { bodyMultiplyAdds + readoutMultiplyAdds }

  /// Those of what stands between the inputs and the readout.
  package var bodyMultiplyAdds: MultiplyAdds {
    switch body {
    case .streams, .injected: return streams.reduce(MultiplyAdds()) { $0 + $1.depth * block($1) }
    case .transformer(let block): return block.multiplyAdds(streams[0].tokens)
    case .ladder(let block):
      let t = streams[0].tokens
      // Down from every input, and up again.
      let ends = MultiplyAdds(products: (streams.count + 1) * t * channels * block.width)
      return ends + (streams.count - 1) * block.multiplyAdds(t)
    }
  }

  /// Those of a block on `stream`.
  private func block(_ stream: StreamShape) -> MultiplyAdds {
    let (t, c) = (stream.tokens, stream.channels)
    let products = t * c * (function.inputRows(rank) + rank)
    switch function {
    case .attention:
      let side = max(1, stream.reduction)
      let keys =
        side == 1 ? t : ((stream.height + side - 1) / side) * ((stream.width + side - 1) / side)
      return MultiplyAdds(products: products, attention: t * keys * rank)
    case .mlp: return MultiplyAdds(products: products)
    case .dwconv: return MultiplyAdds(products: 9 * stream.height * stream.width * c)
    }
  }

  /// Those of the readout, the classifier included.
  private var readoutMultiplyAdds: MultiplyAdds {
    let classifier = classifierInput * classes
    switch readout {
    case .pooled(.attentive(let own)):
      let (t, c) = (tokens, channels)
      return MultiplyAdds(products: classifier + c * c / own.division, attention: t * c * own.queries)
    case .pooled: return MultiplyAdds(products: classifier)
    case .dense(let dense):
      let rows = dense.hidden > 0 ? dense.hidden : classes
      return MultiplyAdds(
        products: streams.reduce(outputCount * classifier) { $0 + $1.tokens * $1.channels * rows })
    }
  }
}

extension TransformerShape {
  /// Multiply-adds of a block on `t` tokens.
  func multiplyAdds(_ t: Int) -> MultiplyAdds {
    MultiplyAdds(products: t * (4 * width * width + 2 * width * hidden), attention: t * t * width)
  }
}
