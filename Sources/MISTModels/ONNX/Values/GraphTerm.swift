import MISTFormats

/// A product of elements of a graph's values; sums of such are what exact arithmetic makes of others.
struct GraphTerm: Hashable {
  struct Factor: Hashable, Comparable {
    /// A value, or the stored tensor that it stands for.
    let value: String
    let place: Int

    static func < (a: Factor, b: Factor) -> Bool { (a.value, a.place) < (b.value, b.place) }
  }

  var isNegative = false
  /// Sorted.
  var factors: [Factor]

  init(_ factors: [Factor], isNegative: Bool = false) {
    (self.factors, self.isNegative) = (factors.sorted(), isNegative)
  }

  init(_ value: String, _ place: Int) { self.init([Factor(value: value, place: place)]) }
}

extension GraphLayout {
  /// Most nodes that one element is followed through.
  static let mostTermVisits = 512

  /// Element `place` of `value` as a sum of products: through moves, Add, Sub, Neg and Mul back to values of `ends`, stored tensors
  /// and whatever else is computed. Nil where there are too many.
  func terms(_ value: String, _ place: Int, to ends: Set<String>, in graph: GraphIndex) -> Set<GraphTerm>? {
    var visits = Self.mostTermVisits
    guard let list = terms(value, place, ends, graph, &visits), Set(list).count == list.count else {
      return nil
    }
    return Set(list)
  }

  private func terms(
    _ value: String, _ place: Int, _ ends: Set<String>, _ graph: GraphIndex, _ visits: inout Int
  ) -> [GraphTerm]? {
    visits -= 1
    guard visits >= 0 else { return nil }
    if ends.contains(value) { return [GraphTerm(value, place)] }
    if let constant = graph.constant(value) { return [GraphTerm(constant.tensor.name, place)] }
    if let move = moves[value] {
      let source = move.source(of: place)
      return terms(source.value, source.index, ends, graph, &visits)
    }
    guard let node = graph.node(making: value), let shape = shapes[value] else {
      return [GraphTerm(value, place)]
    }
    var operands: [[GraphTerm]] = []
    guard node.domain.isEmpty, ["Add", "Sub", "Neg", "Mul"].contains(node.opType) else {
      return [GraphTerm(value, place)]
    }
    for input in node.inputs {
      guard let own = self.shape(input, in: graph), own.count <= shape.count,
        let found = terms(input, Self.place(place, of: shape, in: own), ends, graph, &visits)
      else { return nil }
      operands.append(found)
    }
    switch (node.opType, operands.count) {
    case ("Add", 2): return operands[0] + operands[1]
    case ("Sub", 2):
      return operands[0] + operands[1].map { GraphTerm($0.factors, isNegative: !$0.isNegative) }
    case ("Neg", 1): return operands[0].map { GraphTerm($0.factors, isNegative: !$0.isNegative) }
    case ("Mul", 2):
      return operands[0].flatMap { a in
        operands[1].map { GraphTerm(a.factors + $0.factors, isNegative: a.isNegative != $0.isNegative) }
      }
    default: return nil
    }
  }

  func shape(_ value: String, in graph: GraphIndex) -> [Int]? {
    shapes[value] ?? graph.constant(value)?.tensor.shape
  }

  /// The element of an operand of sides `own` that element `place` of a result of sides `shape` is computed from.
  private static func place(_ place: Int, of shape: [Int], in own: [Int]) -> Int {
    let steps = ElementMove.broadcast(own, shape)
    var (rest, found) = (place, 0)
    for axis in shape.indices.reversed() {
      found += rest % shape[axis] * steps[axis]
      rest /= shape[axis]
    }
    return found
  }
}
