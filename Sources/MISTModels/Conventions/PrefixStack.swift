/// What wrappers put in front of a model's own names: `module.` by data-parallel training, `vit.` by a classifier around
/// the backbone, and so on, in any number and order.
package struct PrefixStack: Sendable, Hashable {
  /// Components that are taken for wrappers without being asked.
  package static let known = Architecture.all.reduce(into: general) { $0.formUnion($1.wrappers) }

  private static let general: Set<String> = [
    "_orig_mod", "backbone", "base_model", "ema", "ema_state_dict", "encoder", "feature_extractor",
    "image_encoder", "img", "model", "model_ema", "model_state", "model_state_dict", "module", "net",
    "network", "opt", "params", "params_ema", "state_dict", "state_dict_ema", "student", "target", "teacher",
    "trunk", "vision_model", "visual",
  ]

  /// The whole prefix, empty or with a dot or slash at its end.
  package let text: String
  /// Every leading part of it at a component's end, the empty one first and the whole last.
  let parts: [String]

  /// The prefix of what usually lies beside the backbone: without the last component.
  var beside: String { parts.count > 1 ? parts[parts.count - 2] : "" }

  /// Takes any prefix; a missing `separator` at the end is added.
  package init(_ text: String, separator: Character = ".") {
    let whole = text.last.map(Self.isSeparator) ?? true ? text : text + String(separator)
    self.text = whole
    parts = [""] + whole.indices.filter { Self.isSeparator(whole[$0]) }.map { String(whole[...$0]) }
  }

  /// The prefix made of known components that makes `name` of `anchor`, or nil.
  init?(of name: String, before anchor: String) {
    guard name.hasSuffix(anchor) else { return nil }
    let front = name.dropLast(anchor.count)
    guard front.last.map(Self.isSeparator) ?? true else { return nil }
    let components = front.split(omittingEmptySubsequences: false, whereSeparator: Self.isSeparator)
      .dropLast()
    guard components.allSatisfy({ Self.known.contains(String($0)) }) else { return nil }
    self.init(String(front))
  }

  /// PyTorch's names have dots between modules, JAX's have slashes.
  private static func isSeparator(_ character: Character) -> Bool { character == "." || character == "/" }

  /// `name` without the prefix, or nil when it does not begin with all of it.
  func strip(_ name: String) -> String? {
    name.hasPrefix(text) ? String(name.dropFirst(text.count)) : nil
  }

  /// Every reading of `name` with a leading part of the prefix taken off: tensors beside the backbone carry only the outer
  /// wrappers' names.
  func readings(of name: String) -> [String] {
    parts.filter { name.hasPrefix($0) }.map { String(name.dropFirst($0.count)) }
  }
}
