/// What wrappers put in front of a model's own names: `module.` by data-parallel training, `vit.` by a classifier around
/// the backbone, and so on, in any number and order. What training puts inside names is taken out as well (`TrainingName`).
package struct PrefixStack: Sendable, Hashable {
  /// Components that are taken for wrappers without being asked.
  package static let known = Architecture.all.reduce(into: general) { $0.formUnion($1.wrappers) }

  private static let general: Set<String> = TrainingName.wrappers.union([
    "backbone", "base_model", "ema", "ema_state_dict", "encoder", "feature_extractor",
    "image_encoder", "img", "model", "model_ema", "model_state", "model_state_dict", "net",
    "network", "opt", "params", "params_ema", "state_dict", "state_dict_ema", "student", "target", "teacher",
    "trunk", "vision_model", "visual",
  ])

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

  /// The prefix that makes `name` of `anchor`, or nil; of known components alone unless it may be `any`. `isWrapped`: whether there may
  /// be wrappers between the anchor's components.
  init?(of name: String, before anchor: String, isWrapped: Bool, any: Bool = false) {
    guard let front = Self.front(of: name, before: anchor, isWrapped: isWrapped) else { return nil }
    let components = front.split(omittingEmptySubsequences: false, whereSeparator: Self.isSeparator)
      .dropLast()
    guard any || components.allSatisfy({ Self.known.contains(String($0)) }) else { return nil }
    self.init(String(front))
  }

  private static func front(of name: String, before anchor: String, isWrapped: Bool) -> Substring? {
    if name.hasSuffix(anchor) {
      let front = name.dropLast(anchor.count)
      if front.last.map(isSeparator) ?? true { return front }
    }
    guard isWrapped else { return nil }
    var left = name.split(separator: ".", omittingEmptySubsequences: false)
    for component in anchor.split(separator: ".", omittingEmptySubsequences: false).reversed() {
      while let last = left.last, last != component, TrainingName.wrappers.contains(String(last)) {
        left.removeLast()
      }
      guard left.popLast() == component else { return nil }
    }
    return name.prefix(left.reduce(0) { $0 + $1.count + 1 })
  }

  /// PyTorch's names have dots between modules, JAX's have slashes.
  private static func isSeparator(_ character: Character) -> Bool { character == "." || character == "/" }

  /// The model's name for `name`, or nil when it does not begin with the whole prefix.
  func strip(_ name: String) -> String? { Self.strip(text, from: name) }

  /// The same for another prefix.
  static func strip(_ prefix: String, from name: String) -> String? {
    name.hasPrefix(prefix) ? TrainingName.plain(String(name.dropFirst(prefix.count))) : nil
  }

  /// Every reading of `name` with a leading part of the prefix taken off: tensors beside the backbone carry only the outer
  /// wrappers' names.
  func readings(of name: String) -> [String] { parts.compactMap { Self.strip($0, from: name) } }
}
