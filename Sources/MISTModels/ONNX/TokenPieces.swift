import MISTFormats

/// The stored tensors that make up a token embedding, in token order, each brought to `[tokens, C]`.
struct TokenPieces {
  struct Source: Hashable {
    let constant: String
    let info: TensorInfo
    /// Operations between the tensor and the embedding, nearest to the tensor first.
    let path: [String]
    /// The permutation of the first Transpose on the path.
    let permutation: [Int]?
  }

  let sources: [Source]

  /// Follows `value` back to stored tensors through operations that only move or resize; nil when anything else is
  /// in the way.
  init?(_ value: String, in graph: GraphIndex) {
    var visits = 256
    guard let sources = Self.resolve(value, graph, &visits), !sources.isEmpty else { return nil }
    var distinct: [Source] = []
    // Slices of one tensor that are put together again (`pos[:, :1]`, `pos[:, 1:]`) are that tensor.
    for source in sources where !distinct.contains(where: { $0.info.name == source.info.name }) {
      distinct.append(source)
    }
    self.sources = distinct
  }

  private static func resolve(_ value: String, _ graph: GraphIndex, _ visits: inout Int) -> [Source]? {
    // Bounded, so that a graph of nested Concat nodes cannot multiply.
    visits -= 1
    if let constant = graph.constant(value) {
      guard constant.tensor.dtype.isFloat, constant.tensor.count > 1 else { return nil }
      return [Source(constant: constant.value, info: constant.tensor, path: [], permutation: nil)]
    }
    guard visits > 0, let node = graph.node(making: value), let first = node.inputs.first else { return nil }
    switch node.opType {
    case "Concat":
      var all: [Source] = []
      for input in node.inputs {
        guard let part = resolve(input, graph, &visits) else { return nil }
        all += part
      }
      return all
    case "Identity", "Cast", "Expand", "Tile", "Reshape", "Flatten", "Transpose", "Resize", "Unsqueeze",
      "Squeeze",
      "Slice":
      var permutation: [Int]?
      if node.opType == "Transpose", case .ints(let perm)? = node.attributes["perm"] { permutation = perm }
      return resolve(first, graph, &visits)?.map {
        Source(
          constant: $0.constant, info: $0.info, path: $0.path + [node.opType],
          permutation: $0.permutation ?? permutation)
      }
    default: return nil
    }
  }

  /// Whether every piece kept a parameter's name in the file.
  func areNamed(in graph: GraphIndex) -> Bool {
    sources.allSatisfy { graph.parameterName($0.constant) != nil }
  }

  /// The embedding `[1, tokens, C]` as a tensor called `name`, or nil when the pieces do not fit `width`.
  func tensor(named name: String, width: Int) -> RecoveredTensor? {
    var pieces: [RecoveredTensor.Piece] = []
    var rows = 0
    for source in sources {
      let shape = source.info.shape
      guard source.info.dtype == sources[0].info.dtype, width > 0 else { return nil }
      switch shape.count {
      case 3 where shape[2] == width:
        // A first dimension above 1 is the batch that the exporter repeated a token over.
        pieces.append(.init(tensor: source.info.name, elements: shape[1] * width))
        rows += shape[1]
      case 2 where shape[1] == width:
        pieces.append(.init(tensor: source.info.name, elements: source.info.count))
        rows += shape[0]
      case 1 where shape[0] == width:
        pieces.append(.init(tensor: source.info.name, elements: width))
        rows += 1
      case 4 where shape[0] == 1 && shape[3] == width && source.permutation == [0, 3, 1, 2]:
        pieces.append(.init(tensor: source.info.name, elements: source.info.count))
        rows += shape[1] * shape[2]
      case 4 where shape[0] == 1 && shape[1] == width:
        let grid = shape[2] * shape[3]
        pieces.append(
          .init(tensor: source.info.name, elements: source.info.count, transposedFrom: [width, grid]))
        rows += grid
      default: return nil
      }
    }
    return RecoveredTensor(name, dtype: sources[0].info.dtype, shape: [1, rows, width], pieces: pieces)
  }
}
