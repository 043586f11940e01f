import Foundation
import MISTFormats

/// A function of one or two values that a graph computes element by element, told by evaluating it: exporters and
/// optimisers write the same activation in many ways.
struct Elementwise {
  enum Kind: Equatable {
    case activation(GraphHints.Activation)
    /// silu(first) · second
    case gated
  }

  /// Most operations and numbers between the result and what it is computed from.
  static let mostTerms = 64

  let kind: Kind
  /// What the function reads.
  let inputs: [String]

  /// The points at which functions are compared; in the second value another order.
  private static let points: [Double] = [-3.1, -1.7, -0.9, -0.2, 0.3, 0.8, 1.6, 2.9]
  /// Largest difference from a known function, as constants rounded to half precision cause it. GELU and its tanh
  /// approximation differ by 4e-4, and the nearest counts.
  private static let tolerance = 3e-4

  /// The activation whose result `value` is; nil if it is not computed element by element from one or two values, or
  /// is none that is known.
  init?(_ value: String, in view: StructureView) {
    var function = Function(view)
    let result = function.index(view.plain(value))
    let inputs = function.inputs
    guard let result, (1...2).contains(inputs.count) else { return nil }
    func difference(_ known: (Double, Double) -> Double) -> Double {
      var worst = 0.0
      for (i, x) in Self.points.enumerated() {
        let y = Self.points[(i * 3 + 2) % Self.points.count]
        guard let found = function.evaluate(result, [x, y]) else { return .infinity }
        worst = max(worst, abs(found - known(x, y)))
      }
      return worst.isNaN ? .infinity : worst
    }
    func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }
    var candidates: [(Double, Kind, [String])] = []
    if inputs.count == 1 {
      candidates = [
        (difference { x, _ in 0.5 * x * (1 + erf(x / 2.0.squareRoot())) }, .activation(.geluErf), inputs),
        (
          difference { x, _ in 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
          },
          .activation(.geluTanh), inputs
        ),
        (difference { x, _ in x / (1 + exp(-1.702 * x)) }, .activation(.geluQuick), inputs),
        (difference { x, _ in silu(x) }, .activation(.silu), inputs),
        (difference { x, _ in max(0, x) }, .activation(.relu), inputs),
        (difference { x, _ in max(0.01 * x, x) }, .activation(.leakyRelu), inputs),
        (difference { x, _ in x > 0 ? x : exp(x) - 1 }, .activation(.elu), inputs),
        (difference { x, _ in x * min(6, max(0, x + 3)) / 6 }, .activation(.hardSwish), inputs),
        (difference { x, _ in tanh(x) }, .activation(.tanh), inputs),
        (difference { x, _ in x }, .activation(.none), inputs),
      ]
    } else {
      candidates = [
        (difference { silu($0) * $1 }, .gated, inputs),
        (difference { $0 * silu($1) }, .gated, inputs.reversed()),
      ]
    }
    guard let best = candidates.min(by: { $0.0 < $1.0 }), best.0 < Self.tolerance else { return nil }
    kind = best.1
    self.inputs = best.2
  }

  /// The nodes between the result and its inputs, in order of evaluation.
  private struct Function {
    enum Term {
      case input(Int)
      case number(Double)
      case node(ONNXGraph.Node, [Int])
    }
    private let view: StructureView
    private(set) var inputs: [String] = []
    private var terms: [Term] = []
    private var places: [String: Int] = [:]

    init(_ view: StructureView) { self.view = view }

    private static let operators: Set<String> = [
      "Mul", "Div", "Add", "Sub", "Pow", "Neg", "Sqrt", "Erf", "Tanh", "Sigmoid", "Gelu", "Exp", "Reciprocal",
      "Swish", "Relu", "LeakyRelu", "Elu", "HardSwish", "HardSigmoid",
    ]

    /// The place of `value` among the terms; nil when there are too many.
    mutating func index(_ value: String) -> Int? {
      let value = view.plain(value)
      if let place = places[value] { return place }
      guard terms.count < Elementwise.mostTerms else { return nil }
      if let x = view.graph.scalar(value) { return append(.number(Double(x)), value) }
      guard let node = view.node(value), Self.operators.contains(node.opType), node.domain.isEmpty,
        view.product(value) == nil
      else {
        inputs.append(value)
        return append(.input(inputs.count - 1), value)
      }
      places[value] = -1  // a ring would come back here
      var operands: [Int] = []
      for input in node.inputs {
        guard let place = index(input), place >= 0 else { return nil }
        operands.append(place)
      }
      return append(.node(node, operands), value)
    }

    private mutating func append(_ term: Term, _ value: String) -> Int {
      terms.append(term)
      places[value] = terms.count - 1
      return terms.count - 1
    }

    func evaluate(_ result: Int, _ values: [Double]) -> Double? {
      var results: [Double] = []
      for term in terms[...result] {
        switch term {
        case .input(let i): results.append(values.indices.contains(i) ? values[i] : .nan)
        case .number(let x): results.append(x)
        case .node(let node, let operands):
          guard let x = Self.apply(node, operands.map { results[$0] }) else { return nil }
          results.append(x)
        }
      }
      return results.last
    }

    private static func apply(_ node: ONNXGraph.Node, _ x: [Double]) -> Double? {
      func number(_ name: String, _ usual: Double) -> Double {
        if case .float(let x)? = node.attributes[name] { Double(x) } else { usual }
      }
      return switch (node.opType, x.count) {
      case ("Mul", 2): x[0] * x[1]
      case ("Div", 2): x[0] / x[1]
      case ("Add", 2): x[0] + x[1]
      case ("Sub", 2): x[0] - x[1]
      case ("Pow", 2): pow(x[0], x[1])
      case ("Neg", 1): -x[0]
      case ("Sqrt", 1): x[0].squareRoot()
      case ("Erf", 1): erf(x[0])
      case ("Tanh", 1): tanh(x[0])
      case ("Sigmoid", 1): 1 / (1 + exp(-x[0]))
      case ("Exp", 1): exp(x[0])
      case ("Reciprocal", 1): 1 / x[0]
      case ("Swish", 1): x[0] / (1 + exp(-x[0] * number("alpha", 1)))
      case ("Relu", 1): max(0, x[0])
      case ("LeakyRelu", 1): x[0] < 0 ? number("alpha", 0.01) * x[0] : x[0]
      case ("Elu", 1): x[0] < 0 ? number("alpha", 1) * (exp(x[0]) - 1) : x[0]
      case ("HardSwish", 1): x[0] * min(6, max(0, x[0] + 3)) / 6
      case ("HardSigmoid", 1): min(1, max(0, number("alpha", 0.2) * x[0] + number("beta", 0.5)))
      case ("Gelu", 1):
        node.attributes["approximate"] == .string("tanh")
          ? 0.5 * x[0] * (1 + tanh((2 / Double.pi).squareRoot() * (x[0] + 0.044715 * x[0] * x[0] * x[0])))
          : 0.5 * x[0] * (1 + erf(x[0] / 2.0.squareRoot()))
      default: nil
      }
    }
  }
}
