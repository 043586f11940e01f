/// NumPy's name of an element type, such as `<f4`: byte order, kind, and bytes.
struct NPYElementType: Sendable, Hashable {
  let dtype: DType
  /// Whether elements have their first byte highest, and must be turned around.
  let isBigEndian: Bool

  /// Throws `npz.pickled-objects` and `npz.unsupported-dtype`.
  init(_ descr: String) throws {
    let order = descr.first
    let kind = String(descr.dropFirst())
    if kind.hasPrefix("O") {
      throw MISTError(
        .npzPickledObjects,
        "its elements are pickled Python objects, which run code when they are loaded and are not read",
        advice: "save arrays of numbers")
    }
    guard let dtype = Self.kinds[kind], order == "|" ? dtype.size == 1 || kind == "V2" : true,
      let order, ["<", ">", "|"].contains(order), !(kind == "V2" && order == ">")
    else {
      throw MISTError(
        .npzUnsupportedDType, "its element type \(quoted(descr)) is not one that models have",
        advice: "save it as float32")
    }
    self.dtype = dtype
    isBigEndian = order == ">" && dtype.size > 1
  }

  /// How the writer names `dtype`, nil for types that NumPy has no name for.
  static func descr(_ dtype: DType) -> String? {
    // What ml_dtypes, and so JAX, calls its bfloat16.
    if dtype == .bf16 { return "<V2" }
    return kinds.first { $0.value == dtype }.map { (dtype.size == 1 ? "|" : "<") + $0.key }
  }

  /// NumPy has no bfloat16: JAX's appears as two opaque bytes, and no other type of two bytes does.
  private static let kinds: [String: DType] = [
    "b1": .bool, "i1": .i8, "u1": .u8, "i2": .i16, "u2": .u16, "i4": .i32, "u4": .u32, "i8": .i64, "u8": .u64,
    "f2": .f16, "f4": .f32, "f8": .f64, "V2": .bf16,
  ]
}
