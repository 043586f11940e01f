import MISTFormats

/// Where the elements of a graph's values are and come from, for an image of one size.
struct GraphLayout {
  /// Of every value whose operators are known.
  private(set) var shapes: [String: [Int]] = [:]
  /// By the value that is made by moving elements.
  private(set) var moves: [String: ElementMove] = [:]
  private let evaluation: GraphEvaluation

  /// Elements of one value that are followed: all of a small one. What moves elements steps evenly along axes, so a few hundred
  /// places across it show where all come from.
  static let mostFollowed = 512

  /// `image`: height and width where the graph leaves them open; `headChannels`: of what turns queries and keys, where only that
  /// shows how often it is repeated.
  init(_ graph: GraphIndex, image: [Int], headChannels: Int) {
    var evaluation = GraphEvaluation(graph, image: image, lastSide: headChannels)
    for input in graph.graph.inputs { shapes[input.name] = evaluation.shape(input.name) }
    for node in graph.graph.nodes {
      for (i, output) in node.outputs.enumerated() where !output.isEmpty {
        if let move = evaluation.move(node, output: i) {
          moves[output] = move
          shapes[output] = move.shape
        } else if i == 0, let shape = evaluation.shape(output) {
          shapes[output] = shape
        }
      }
    }
    self.evaluation = evaluation
  }

  func count(_ value: String) -> Int? { shapes[value].map { $0.reduce(1, *) } }

  /// The numbers that `value` is, computed from stored numbers and sizes alone; nil where they depend on pixels.
  func array(_ value: String) -> GraphArray? {
    var evaluation = evaluation
    return evaluation.array(value)
  }

  /// Places across `count` elements, the first and the last among them.
  static func places(_ count: Int) -> [Int] {
    if count <= mostFollowed { return Array(0..<max(0, count)) }
    // A step that shares no factor with usual sides, so that every axis is met at many places.
    let step = count / mostFollowed | 1
    return (0..<mostFollowed).map { ($0 &* step &+ $0 &* 7919 % step) % count } + [count - 1]
  }

  /// Follows the elements at `places` of `value` back through moves to `end`; nil where they come from elsewhere.
  func follow(_ value: String, _ places: [Int], to end: String) -> [Int]? {
    var value = value
    var places = places
    for _ in 0..<StructureView.walkLength {
      if value == end { return places }
      guard let next = step(value, places) else { return nil }
      (value, places) = next
    }
    return nil
  }

  /// The operand that the elements at `places` of `value` all come from, and the places there; nil where `value` is computed.
  func step(_ value: String, _ places: [Int]) -> (value: String, places: [Int])? {
    guard let move = moves[value], let first = places.first else { return nil }
    let source = move.source(of: first).value
    var result: [Int] = []
    result.reserveCapacity(places.count)
    for place in places {
      let next = move.source(of: place)
      guard next.value == source else { return nil }
      result.append(next.index)
    }
    return (source, result)
  }
}
