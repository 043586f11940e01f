import Foundation
import MISTEdge
import MISTFormats
import MISTModels

/// A figure of ours beside the digits that the paper prints.
package struct CostFigure: Hashable, Encodable, Sendable {
  /// In the paper's unit.
  package let value: Double
  /// As printed; nil where the paper prints none, or is about another model.
  package let paper: String?
  /// Where our digits are others: the way of counting by which the paper's follow, and its value.
  package let convention: Convention?

  package struct Convention: Hashable, Encodable, Sendable {
    package let text: String
    package let value: Double
  }

  /// `conventions`: the other ways of counting, of which the first that gives the paper's digits explains them.
  init(_ value: Double, paper: String?, _ conventions: [Convention] = []) {
    self.value = value
    self.paper = paper
    guard let paper, Self.text(value, like: paper) != paper else {
      convention = nil
      return
    }
    convention = conventions.first { Self.text($0.value, like: paper) == paper }
  }

  /// Whether the paper's digits are ours, or follow from a convention that is known.
  package var isExplained: Bool {
    guard let paper else { return true }
    return Self.text(value, like: paper) == paper || convention != nil
  }

  /// `value` with as many decimals as `printed` has.
  static func text(_ value: Double, like printed: String) -> String {
    let decimals = printed.firstIndex(of: ".").map { printed.distance(from: $0, to: printed.endIndex) - 1 }
    return String(format: "%.\(decimals ?? 0)f", value)
  }
}

/// The costs of one method: Table 1's columns, and what a device takes.
package struct CostRow: Hashable, Encodable, Sendable {
  package let method: String
  /// 2²⁰ bytes per image of f32, and bytes as the store's type has it.
  package let transfer: CostFigure
  package let transferBytes: Int
  /// 2²⁰, without the classifier.
  package let parameters: CostFigure
  /// 10⁹.
  package let edge: CostFigure
  package let cloud: CostFigure
  /// Bytes of working memory of a prediction and of training on one thread, the classifier included; nil for more than can be counted.
  package let prediction: Int?
  package let training: Int?
  package let paper: PaperRow?

  /// Throws `training.unsupported-model` for a method that cannot go on from the model.
  init(_ method: SeparatedMethod, _ g: BackboneGeometry, type: StoredType, classes: Int) throws {
    let shape = try method.shape(g, classes: classes)
    let (inputs, paper, isPaper) = (method.inputs(g), method.paper, g.isPaper)
    self.method = method.title
    self.paper = isPaper ? paper : nil
    transfer = CostFigure(
      Double(TransferCost.bytes(inputs, type: .f32)) / CostTable.million,
      paper: isPaper ? paper.transfer : nil)
    // The final class token is always f32 (`FeatureLayout`).
    transferBytes = TransferCost.bytes(inputs, type: method == .linear ? .f32 : type)
    let counts = method.parameters(shape)
    parameters = CostFigure(
      Double(counts.all) / CostTable.million, paper: isPaper ? paper.parameters : nil,
      [
        .init(text: method.matricesTitle, value: Double(counts.matrices) / CostTable.million),
        .init(text: "in units of 10⁶", value: Double(counts.all) / 1e6),
      ])
    let own = shape.bodyMultiplyAdds
    edge = CostFigure(
      Double(own.total) / 1e9, paper: isPaper ? paper.edge : nil,
      [
        .init(
          text: "counting one of the two attention products",
          value: Double(own.products + own.attention) / 1e9)
      ])
    let norms = (2 * g.blocks + 1) * g.tokens * g.channels
    cloud = CostFigure(
      Double(g.multiplyAdds.total) / 1e9, paper: isPaper ? paper.cloud : nil,
      [
        .init(
          text: "counting one more per value of the \(2 * g.blocks + 1) norms",
          value: Double(g.multiplyAdds.total + norms) / 1e9)
      ])
    let cost = NetworkCost(shape, inputs: inputs, type: type)
    prediction = cost.prediction
    training = cost.training
  }

  package var figures: [(name: String, figure: CostFigure)] {
    [("transfer", transfer), ("parameters", parameters), ("edge", edge), ("cloud", cloud)]
  }
}

/// Table 1 of the paper by formula: a row per method that trains on stored features, and the paper's rows of the others.
package struct CostTable: Hashable, Encodable, Sendable {
  /// The paper's million and megabyte.
  static let million = Double(1 << 20)

  package let tokens: Int
  package let channels: Int
  package let blocks: Int
  package let classes: Int
  package let rows: [CostRow]
  /// Those of methods that train inside the backbone; empty for another model than the paper's.
  package let inseparable: [PaperRow]

  /// Methods that the model is none for, and why.
  package let unsupported: [String: String]

  package init(_ g: BackboneGeometry, type: StoredType, classes: Int) throws {
    (tokens, channels, blocks) = (g.tokens, g.channels, g.blocks)
    self.classes = classes
    var (rows, unsupported): ([CostRow], [String: String]) = ([], [:])
    for method in SeparatedMethod.all {
      do {
        rows.append(try CostRow(method, g, type: type, classes: classes))
      } catch let error as MISTError where error.code == .trainingUnsupportedModel {
        unsupported[method.title] = error.problem
      }
    }
    (self.rows, self.unsupported) = (rows, unsupported)
    inseparable = g.isPaper ? PaperRow.inseparable : []
  }
}
