import MISTFormats

/// Where a query, key or value comes from: a product, and which part of its rows.
struct AttentionOperand {
  let site: ProductSite
  /// The number of the part, and of how many, where the product makes several operands.
  let part: Int?
  let parts: Int
  let heads: Int?
  /// The factor on the way; nil where it is computed from shapes.
  let factor: Float?
  /// What turns it.
  var rotation: RotationSite?
}

extension StructureView {
  /// Follows an operand of an attention's products back to its product.
  func operand(_ start: String, _ what: String) throws -> AttentionOperand {
    var value = start
    var factor: Float? = 1
    var heads: Int?
    var perHead: Int?
    // Parts: 0 until a Reshape says how many, nil where `start` counts channels.
    var part: (start: Int, parts: Int?)?
    /// The axis that the part was chosen on, until it is known to be the channels'.
    var axis: Int?
    var rotation: RotationSite?
    for _ in 0..<Self.walkLength {
      if let site = productHere(value) {
        let rows = site.rows ?? 0
        if heads == nil, let perHead, perHead > 0 { heads = rows / max(1, part?.parts ?? 1) / perHead }
        guard let part else {
          return .init(site: site, part: nil, parts: 1, heads: heads, factor: factor, rotation: rotation)
        }
        if let parts = part.parts {
          guard parts > 0, axis == nil || axis == 2 || axis == 1 else {
            throw unexpected(value, expected: "\(what) chosen among the channels")
          }
          return .init(
            site: site, part: part.start, parts: parts, heads: heads, factor: factor, rotation: rotation)
        }
        guard rows % 3 == 0, rows > 0, part.start % (rows / 3) == 0 else {
          throw unexpected(
            value, expected: "a third of the channels as \(what)", found: "a slice from \(part.start)")
        }
        return .init(
          site: site, part: part.start * 3 / rows, parts: 3, heads: heads, factor: factor, rotation: rotation)
      }
      guard let node = node(value), let first = node.inputs.first else { break }
      if node.opType == "Concat", rotation == nil, let found = RotationSite(value, in: graph) {
        rotation = found
        value = found.input
        continue
      }
      if let scaled = scalarFactor(node) {
        factor = factor.flatMap { f in scaled.factor.map { f * $0 } }
        value = scaled.value
        continue
      }
      switch node.opType {
      case "Reshape":
        let shape = node.inputs.count > 1 ? graph.dimensions(node.inputs[1]) : []
        if let place = axis, place == shape.count - 1, part?.parts != 0 {
          axis = nil  // the channels themselves
        } else if let place = axis {
          // `[…, parts, heads, channels per head]`: the parts are the outermost of the channels.
          guard let chosen = part, let parts = shape.indices.contains(place) ? shape[place] : nil,
            shape.count == place + 3, (2...3).contains(parts), chosen.parts == parts || chosen.parts == 0
          else {
            throw unexpected(
              value, expected: "query, key and value outermost among the channels",
              found: "a Reshape to \(shape.map { $0.map(String.init) ?? "?" }.joined(separator: " × "))")
          }
          axis = nil
          part?.parts = parts
        }
        if shape.count >= 4 {
          heads = shape[shape.count - 2].flatMap { $0 > 0 ? $0 : nil }
          perHead = shape[shape.count - 1]
        }
      case "Transpose":
        if let place = axis {
          guard case .ints(let order)? = node.attributes["perm"], order.indices.contains(place) else {
            throw unexpected(value, expected: "a Transpose with its order")
          }
          axis = order[place]
        }
      case "Cast", "Identity", "Dropout": break
      case "Squeeze", "Unsqueeze":
        if axis != nil { throw unexpected(value, expected: "\(what) chosen after a Reshape") }
      case "Split":
        guard part == nil, let i = node.outputs.firstIndex(of: value) else {
          throw unexpected(value, expected: "one choice of \(what)")
        }
        part = (i, node.outputs.count)
        axis = self.axis(node, usual: 0)
      case "Gather":
        guard part == nil, node.inputs.count > 1, let i = graph.ints(node.inputs[1]), i.count == 1 else {
          throw unexpected(value, expected: "one choice of \(what)")
        }
        axis = self.axis(node, usual: 0)
        part = (i[0], 0)
      case "Slice":
        guard part == nil, node.inputs.count > 3, let from = graph.ints(node.inputs[1])?.first,
          let to = graph.ints(node.inputs[2])?.first, let place = graph.ints(node.inputs[3])?.first
        else { throw unexpected(value, expected: "one choice of \(what)") }
        part = (from, to - from == 1 ? 0 : nil)
        axis = place
      default: throw unexpected(value, expected: "a linear layer making \(what)")
      }
      // On the channels themselves, which are last, nothing more has to be shown.
      if axis == -1 || (part != nil && part?.parts == nil) { axis = nil }
      value = first
    }
    throw unexpected(value, expected: "a linear layer making \(what)")
  }

  private func productHere(_ value: String) -> ProductSite? {
    let site = product(value)
    return site?.output == value ? site : nil
  }

  private func axis(_ node: ONNXGraph.Node, usual: Int) -> Int {
    if case .int(let axis)? = node.attributes["axis"] { axis } else { usual }
  }
}

extension ProductSite {
  /// Channels that leave.
  var rows: Int? {
    let shape = weight.tensor.shape
    return isTransposed ? shape.last : shape.first
  }
}
