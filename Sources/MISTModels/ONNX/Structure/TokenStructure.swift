import MISTFormats

/// What is joined and added to the patch tokens before the first norm, told by the graph alone.
struct TokenStructure {
  /// Class token, then register tokens, in the order of the tokens.
  private(set) var prefix: [TokenPieces] = []
  private(set) var positions: TokenPieces?
  /// The Resize between the stored positions and the tokens, if there is one.
  private(set) var resized: Resized?

  struct Resized {
    let input: String
    let output: String
    /// Whether it is bicubic as PyTorch has it, without aligned corners.
    let isCubic: Bool
    /// Whether its maps are `[1, height, width, channels]`.
    let isChannelsLast: Bool
  }

  private let view: StructureView
  private let reached: Set<Int>
  private let width: Int?

  /// Walks back from `tokens` to the result of `convolution`.
  init(_ tokens: String, from convolution: ProductSite, in view: StructureView) throws {
    self.view = view
    width = convolution.rows
    reached = view.graph.descendants(of: convolution.output)
    var value = view.root(tokens)
    for _ in 0..<StructureView.walkLength where value != convolution.output {
      guard let node = view.node(value) else { break }
      switch node.opType {
      case "Add" where node.inputs.count == 2:
        guard let i = node.inputs.firstIndex(where: { !isComputed($0) }),
          let pieces = TokenPieces(node.inputs[i], in: view.graph), positions == nil
        else { throw view.unexpected(value, expected: "one stored position embedding added to the tokens") }
        positions = pieces
        resized = resize(before: node.inputs[i])
        value = view.root(node.inputs[1 - i])
      case "Concat":
        value = try join(node, value)
      default:
        throw view.unexpected(value, expected: "the patch tokens, with tokens joined and positions added")
      }
    }
    guard value == convolution.output else {
      throw view.unexpected(value, expected: "the patch embedding's convolution before the first norm")
    }
  }

  /// Takes the stored tokens of a Concat and returns what they are joined to: one value, or slices of it around them.
  private mutating func join(_ node: ONNXGraph.Node, _ value: String) throws -> String {
    var stored: [TokenPieces] = []
    var computed: [String] = []
    for input in node.inputs {
      if isComputed(input) {
        var source = view.root(input)
        var steps = 0
        while node.inputs.count > 2, steps < StructureView.walkLength, let slice = view.node(source),
          ["Slice", "Split"].contains(slice.opType),
          let whole = slice.inputs.first
        {
          source = view.root(whole)
          steps += 1
        }
        if !computed.contains(source) { computed.append(source) }
      } else if let pieces = TokenPieces(input, in: view.graph) {
        stored.append(pieces)
      }
    }
    guard computed.count == 1, !stored.isEmpty, let last = node.inputs.last, isComputed(last) else {
      throw view.unexpected(value, expected: "stored tokens joined before the patch tokens")
    }
    prefix = stored + prefix
    return computed[0]
  }

  private func resize(before value: String) -> Resized? {
    for i in view.graph.ancestors(of: value).sorted() {
      let node = view.graph.graph.nodes[i]
      guard node.opType == "Resize", let input = node.inputs.first, let output = node.outputs.first else {
        continue
      }
      let (mode, place) = (node.attributes["mode"], node.attributes["coordinate_transformation_mode"])
      return Resized(
        input: input, output: output,
        isCubic: mode == .string("cubic")
          && [nil, .string("half_pixel"), .string("pytorch_half_pixel")].contains(place),
        isChannelsLast: view.layout.shapes[output]?.last == width)
    }
    return nil
  }

  private func isComputed(_ value: String) -> Bool {
    view.graph.producer(of: value).map { reached.contains($0) } ?? false
  }
}
