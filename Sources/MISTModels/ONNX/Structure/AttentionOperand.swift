import MISTFormats

/// Where a query, key or value comes from: a product, and which part of its rows.
struct AttentionOperand {
  let site: ProductSite
  /// The number of the part, and of how many, where the product makes several operands.
  let part: Int?
  let parts: Int
  let heads: Int
  /// The factor on the way.
  let factor: Float
  /// What turns it.
  let rotation: RotationSite?
  /// Its own bias, where that is added after the part was chosen.
  let bias: GraphIndex.Constant?
}

/// How an operand of an attention lies.
enum OperandForm {
  /// `[batch · heads, tokens, channels per head]`.
  case heads
  /// The same with the last two sides exchanged.
  case turnedHeads
  /// `[batch, tokens, channels]`, to be divided into so many heads.
  case tokens(heads: Int)
}

extension StructureView {
  /// Follows an operand of an attention back to its product, element by element.
  func operand(
    _ start: String, _ what: String, _ form: OperandForm, batch: Int
  ) throws -> AttentionOperand {
    guard let shape = layout.shapes[start], shape.count >= 3, let count = layout.count(start), batch > 0,
      count >= batch
    else {
      throw unexpected(start, expected: "\(what) of a known shape")
    }
    var (tokens, channels) = (shape[shape.count - 2], shape[shape.count - 1])
    var heads = count / (tokens * channels) / batch
    let places = GraphLayout.places(count)
    /// The elements in the order [batch · heads, tokens, channels].
    var wanted = places
    switch form {
    case .heads: break
    case .turnedHeads:
      swap(&tokens, &channels)
      wanted = places.map {
        ($0 / (tokens * channels) * tokens + $0 % tokens) * channels + $0 / tokens % channels
      }
    case .tokens(let number): heads = number
    }
    guard heads > 0 else { throw unexpected(start, expected: "\(what) of at least one head") }
    var (value, found, factor) = (start, places, Float(1))
    var rotation: RotationSite?
    var bias: (constant: GraphIndex.Constant, channels: [Int])?
    for _ in 0..<Self.walkLength {
      if let site = product(value), site.output == value {
        var rows: [(row: Int, channel: Int)]
        var width = heads * channels
        if case .tokens = form {
          width = channels
          rows = wanted.map { ($0 / channels, $0 % channels) }
        } else {
          rows = wanted.map { place in
            let (token, head) = (place / channels % tokens, place / (tokens * channels))
            return (head / heads * tokens + token, head % heads * channels + place % channels)
          }
        }
        guard let part = part(site, found, rows, width), let all = site.rows,
          bias == nil || bias?.channels == rows.map(\.channel) && site.bias == nil
        else {
          throw unexpected(
            value, expected: "\(what): a whole part of this layer's channels, head after head",
            found: "its elements in another order")
        }
        let parts = all / width
        return AttentionOperand(
          site: site, part: parts == 1 ? nil : part, parts: parts, heads: heads, factor: factor,
          rotation: rotation, bias: bias?.constant)
      }
      if let node = node(value) {
        if node.opType == "Concat", rotation == nil, let turn = RotationSite(value, in: graph) {
          guard found == wanted, bias == nil, let turn = turn.checked(value, in: self) else {
            throw unexpected(
              value, expected: "\(what) turned by the places of patches",
              found: "a rotation of other elements")
          }
          (rotation, value) = (turn, turn.input)
          continue
        }
        if bias == nil, let (added, constant) = addedVector(node),
          layout.count(added) == count
        {
          bias = (constant, found.map { $0 % constant.tensor.count })
          value = added
          continue
        }
        // A factor before the bias would not be one on both.
        if bias == nil, let scaled = scalarFactor(node), layout.count(scaled.value) == count {
          factor *= scaled.factor
          value = scaled.value
          continue
        }
      }
      guard let next = layout.step(value, found) else { break }
      (value, found) = next
    }
    throw unexpected(value, expected: "a linear layer making \(what)")
  }

  /// The other operand of an Add of a stored vector along the last side.
  private func addedVector(_ node: ONNXGraph.Node) -> (value: String, vector: GraphIndex.Constant)? {
    guard node.opType == "Add", node.domain.isEmpty, node.inputs.count == 2,
      let i = node.inputs.firstIndex(where: { graph.constant($0) != nil }),
      let vector = graph.constant(node.inputs[i]), vector.tensor.shape.count == 1,
      layout.shapes[node.inputs[1 - i]]?.last == vector.tensor.count
    else { return nil }
    return (node.inputs[1 - i], vector)
  }

  /// The number of the part of `width` rows that `found`, places in the result of `site`, are in; nil unless each is at its own
  /// token's row and its own channel.
  private func part(
    _ site: ProductSite, _ found: [Int], _ wanted: [(row: Int, channel: Int)], _ width: Int
  ) -> Int? {
    guard !isConvolution(site), let rows = site.rows, width > 0, rows % width == 0, let first = found.first,
      let start = wanted.first
    else { return nil }
    let offset = first % rows - start.channel
    guard offset >= 0, offset % width == 0,
      zip(found, wanted).allSatisfy({ $0 / rows == $1.row && $0 % rows == $1.channel + offset })
    else { return nil }
    return offset / width
  }
}
