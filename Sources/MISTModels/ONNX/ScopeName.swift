import MISTFormats

/// The module path that the TorchScript exporter writes into node names.
///
/// A node is named `/scope/…/Op`, one component per module called on the way, each the module's name in its parent.
/// A member of a list is written `list.index`; a container that is itself called stands before it once more
/// (`/blocks/blocks.0/attn/qkv/MatMul`), one that is only indexed does not (`/encoder/layer.0/output/dense/MatMul`).
enum ScopeName {
  /// The module whose code made `node`: `blocks.0.attn.qkv`. Nil where the node has no scope (exporters before
  /// PyTorch 1.13, or code of the outermost module).
  static func module(of node: ONNXGraph.Node) -> String? {
    module(path: node.name) ?? node.outputs.first.flatMap(module(path:))
  }

  static func module(path: String) -> String? {
    guard path.hasPrefix("/") else { return nil }
    var components = path.split(separator: "/", omittingEmptySubsequences: true)
    guard components.count > 1 else { return nil }
    components.removeLast()
    var kept: [Substring] = []
    for (i, component) in components.enumerated() {
      let next = i + 1 < components.count ? components[i + 1] : ""
      if next.hasPrefix(component + ".") { continue }
      kept.append(component)
    }
    return kept.joined(separator: ".")
  }
}
