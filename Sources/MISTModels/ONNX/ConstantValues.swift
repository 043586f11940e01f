import MISTFormats

/// Values of the few small constants that carry structure: shapes, epsilons, factors.
extension GraphIndex {
  /// Above this many elements a constant is a weight, and never read for its values here.
  private static let smallCount = 64

  /// The integers that `value` holds, if it is a small stored integer tensor.
  func ints(_ value: String?) -> [Int]? {
    guard let value else { return nil }
    if let constant = constant(value) {
      guard constant.tensor.count <= Self.smallCount else { return nil }
      switch constant.tensor.dtype {
      case .i64: return load(constant, as: Int64.self)?.map(Int.init)
      case .i32: return load(constant, as: Int32.self)?.map(Int.init)
      default: return nil
      }
    }
    guard let node = node(making: value), node.opType == "Constant" else { return nil }
    if case .int(let x)? = node.attributes["value_int"] { return [x] }
    if case .ints(let x)? = node.attributes["value_ints"] { return x }
    return nil
  }

  /// The one number that `value` holds, if it is a stored floating-point scalar (or a tensor of one element), or the
  /// square root of one.
  func scalar(_ value: String?) -> Float? {
    guard let value else { return nil }
    if let constant = constant(value) {
      guard constant.tensor.count == 1 else { return nil }
      switch constant.tensor.dtype {
      case .f32: return load(constant, as: Float.self)?.first
      case .f64: return load(constant, as: Double.self)?.first.map(Float.init)
      case .f16: return load(constant, as: UInt16.self)?.first.map { Float(Float16(bitPattern: $0)) }
      case .bf16: return load(constant, as: UInt16.self)?.first.map { Float(bitPattern: UInt32($0) << 16) }
      default: return nil
      }
    }
    guard let node = node(making: value) else { return nil }
    if case .float(let x)? = node.attributes["value_float"] { return x }
    guard node.opType == "Sqrt", let operand = node.inputs.first.flatMap(constant) else { return nil }
    return scalar(operand.value)?.squareRoot()
  }

  /// The dimensions that shape operand `value` asks for, nil where computed at run time.
  func dimensions(_ value: String?) -> [Int?] {
    // Exporters join a handful of dimensions; the bound keeps a graph of nested Concat nodes from multiplying.
    var visits = 64
    return dimensions(value, &visits)
  }

  private func dimensions(_ value: String?, _ visits: inout Int) -> [Int?] {
    visits -= 1
    guard let value, visits >= 0 else { return [nil] }
    if let known = ints(value) { return known }
    guard let node = node(making: value) else { return [nil] }
    switch node.opType {
    case "Concat":
      var all: [Int?] = []
      for input in node.inputs where visits > 0 { all += dimensions(input, &visits) }
      return all
    case "Unsqueeze", "Cast", "Identity": return dimensions(node.inputs.first, &visits)
    default: return [nil]
    }
  }

  /// Whether every byte of a stored tensor is zero, as in a mask that masks nothing.
  func isAllZero(_ constant: Constant) -> Bool {
    (try? archive.withBytesOnce(of: constant.tensor.name) { $0.allSatisfy { $0 == 0 } }) ?? false
  }

  private func load<T: BitwiseCopyable>(_ constant: Constant, as type: T.Type) -> [T]? {
    try? archive.withBytesOnce(of: constant.tensor.name) { bytes in
      (0..<bytes.count / MemoryLayout<T>.size).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)
      }
    }
  }
}
