/// Tells names that a module gave its parameters from those that an exporter made up.
enum ParameterName {
  /// Whether `name` was made up by an exporter: `onnx::MatMul_2057`, `/blocks/Constant_output_0`, `1204`, `val_17`,
  /// `Constant_12`, or nothing at all.
  static func isAnonymous(_ name: String) -> Bool {
    guard let first = name.utf8.first else { return true }
    if first == UInt8(ascii: "/") || name.contains("::") { return true }
    if name.utf8.allSatisfy(isDigit) { return true }
    guard let mark = name.lastIndex(of: "_") else { return false }
    let tail = name[name.index(after: mark)...]
    let head = name[..<mark]
    return !tail.isEmpty && tail.utf8.allSatisfy(isDigit) && (head == "val" || head == "Constant")
  }

  /// The weight beside the bias named `bias`: `X.bias` → `X.weight`, `X.in_proj_bias` → `X.in_proj_weight`.
  static func weight(besideBias bias: String) -> String? {
    guard bias.hasSuffix(".bias") || bias.hasSuffix("_bias") else { return nil }
    return bias.dropLast(4) + "weight"
  }

  /// The module of parameter `name`, if the parameter's own name is `parameter`.
  static func module(of name: String, parameter: String) -> String? {
    let suffix = "." + parameter
    guard name.hasSuffix(suffix), name.count > suffix.count else { return nil }
    return String(name.dropLast(suffix.count))
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
