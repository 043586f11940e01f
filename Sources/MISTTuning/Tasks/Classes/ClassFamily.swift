/// The families of classifiers that a search compares, the simplest first.
package enum ClassFamily: Hashable, Sendable {
  /// A pooled token and a linear classifier.
  case linear
  /// A linear classifier of every layer token.
  case concat
  /// Queries that attend to tokens, without blocks.
  case attentive
  /// A method with blocks or a body of its own.
  case method(ClassOptions.Method)

  /// What a head of it is called.
  var title: String {
    switch self {
    case .linear: "linear head"
    case .concat: "linear head on layer tokens"
    case .attentive: "attentive head"
    case .method(.lae), .method(.linear): "head with blocks"
    case .method(let method): "\(method.rawValue) head"
    }
  }
}
