import MISTFormats

/// What each element of the tokens before the blocks is made of.
extension StructureRecovery {
  /// Throws unless the patch embedding's patches lie side by side.
  func expectPatches(_ convolution: ProductSite) throws {
    let shape = convolution.weight.tensor.shape
    let found = ConvolutionSite.read(graph.graph.nodes[convolution.node])
    guard shape.count == 4,
      found == .init(strides: Array(shape[2...]), padding: [0, 0, 0, 0], dilations: [1, 1], groups: 1)
    else {
      let text = found.map {
        "strides \($0.strides), padding \($0.padding), dilations \($0.dilations), \($0.groups) groups"
      }
      throw view.unexpected(
        convolution.output,
        expected: "patches of \(shape.dropFirst(2).map(String.init).joined(separator: " × ")) side by side",
        found: text ?? "padding by a rule")
    }
  }

  /// The class token and the registers, as far as they were taken.
  var prefixTokens: [RecoveredTensor] {
    ["cls_token", "register_tokens"].compactMap { name in tensors.first { $0.info.name == name } }
  }

  /// Throws unless `value` `[batch, tokens, channels]` is the class token, the registers and the patches in this order, each with the
  /// position embedding's row for it, where there is one, added once.
  mutating func expectTokens(_ value: String, _ tokens: TokenStructure, width: Int) throws {
    let before = prefixTokens
    let prefix = before.reduce(0) { $0 + $1.info.shape[1] }
    let positions = tensors.first { $0.info.name == "pos_embed" }
    guard width > 0, batch > 0, let shape = view.layout.shapes[value], shape.count == 3, shape[2] == width,
      shape[0] == batch,
      let patches = view.layout.count(convolution.output).map({ $0 / (batch * width) }),
      shape[1] == prefix + patches
    else {
      throw view.unexpected(
        value, expected: "\(prefix) tokens and the patches, of \(width) channels each", found: "another shape"
      )
    }
    let grid = tokens.resized
    /// Rows of the position embedding: for the class token, where it has one, and for the patches.
    let rows = positions?.info.shape[1] ?? 0
    let gridShape = grid.flatMap { view.layout.shape($0.input, in: graph) }
    let gridRows = gridShape.map { $0.reduce(1, *) / width } ?? patches
    guard positions == nil || rows == gridRows || prefix > 0 && rows == gridRows + 1 else {
      throw view.unexpected(value, expected: "a position for each patch", found: "\(rows) of \(gridRows)")
    }
    let first = rows - gridRows
    var ends: Set<String> = [convolution.output]
    if let grid { ends.insert(grid.output) }
    for place in GraphLayout.places(shape.reduce(1, *)) {
      let (image, token, channel) = (place / (width * shape[1]), place / width % shape[1], place % width)
      let patch = token - prefix
      var wanted: Set<GraphTerm> = []
      if patch >= 0 {
        wanted.insert(GraphTerm(convolution.output, (image * width + channel) * patches + patch))
      } else {
        var (row, k) = (token, 0)
        while row >= before[k].info.shape[1] { (row, k) = (row - before[k].info.shape[1], k + 1) }
        wanted.insert(before[k].element(row * width + channel))
      }
      if patch >= 0, let grid {
        wanted.insert(
          GraphTerm(
            grid.output, grid.isChannelsLast ? patch * width + channel : channel * patches + patch))
      } else if let positions, patch >= 0 || token < first {
        wanted.insert(positions.element((patch >= 0 ? first + patch : token) * width + channel))
      }
      guard view.layout.terms(value, place, to: ends, in: graph) == wanted else {
        throw view.unexpected(
          value,
          expected: "token \(token) to be \(patch < 0 ? "a stored token" : "patch \(patch)")"
            + (positions == nil ? "" : " and its position"), found: "something else")
      }
    }
    noteGrid(gridShape, grid)
    if positions != nil, prefix > 0 { hints.classPosition = first == 1 }
    if let grid, let positions {
      try expectGrid(grid, positions, first, width)
    }
  }

  /// Notes rows and columns of the positions, where the graph has them: those that it resizes, else those of its own patches.
  private mutating func noteGrid(_ shape: [Int]?, _ grid: TokenStructure.Resized?) {
    if let shape, shape.count == 4, let grid {
      hints.positionGrid = Array(grid.isChannelsLast ? shape[1...2] : shape[2...3])
    } else if let size = view.layout.shapes[convolution.output],
      graph.graph.inputs.contains(where: {
        $0.shape.count == 4 && !$0.shape.dropFirst(2).contains(nil) && view.graph.constant($0.name) == nil
      })
    {
      hints.positionGrid = Array(size.suffix(2))
    }
  }

  /// Throws unless the position embedding's rows from `first` are what the graph resizes, as a map.
  private func expectGrid(
    _ grid: TokenStructure.Resized, _ positions: RecoveredTensor, _ first: Int, _ width: Int
  ) throws {
    guard let shape = view.layout.shape(grid.input, in: graph), shape.count == 4,
      case let count = shape.reduce(1, *), shape[grid.isChannelsLast ? 3 : 1] == width, grid.isCubic,
      GraphLayout.places(count).allSatisfy({ place in
        let patches = count / width
        let (channel, patch) =
          grid.isChannelsLast ? (place % width, place / width) : (place / patches, place % patches)
        return view.layout.terms(grid.input, place, to: [], in: graph)
          == [positions.element((first + patch) * width + channel)]
      })
    else {
      throw view.unexpected(grid.output, expected: "the places of patches resized by bicubic interpolation")
    }
  }
}

extension RecoveredTensor {
  /// The stored element that element `place` is.
  fileprivate func element(_ place: Int) -> GraphTerm {
    var place = place
    for piece in pieces {
      if place < piece.elements {
        guard let matrix = piece.transposedFrom, matrix.count == 2, matrix[0] > 0 else {
          return GraphTerm(piece.tensor, piece.offset + place)
        }
        return GraphTerm(piece.tensor, piece.offset + place % matrix[0] * matrix[1] + place / matrix[0])
      }
      place -= piece.elements
    }
    return GraphTerm([])
  }
}
