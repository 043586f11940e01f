#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How two tensors with the same number of elements differ. Elements of one type are the same when their bits are. Of two
/// floating-point types they are the same when the more precise one, written in the other type, gives the other's bits: then
/// one tensor is a conversion of the other. Otherwise, when their values are.
package struct TensorDifference: Sendable {
  /// How elements were compared.
  package enum Measure: Sendable, Hashable {
    case bits
    /// After rounding one side to this type.
    case rounded(DType)
    case values
  }

  /// Place and values of one pair of elements.
  package struct Pair: Sendable, Hashable {
    /// Counted over all elements, row-major.
    package let index: Int
    package let a: Double
    package let b: Double
  }

  package let measure: Measure
  /// Elements that are not the same.
  package private(set) var count = 0
  /// Largest difference of values, whether or not the elements count as the same; infinite where one side alone is NaN or
  /// infinite.
  package private(set) var largest = 0.0
  package private(set) var first: Pair?

  private let typeA: DType
  private let typeB: DType
  private static let chunk = 1 << 14

  /// Compares all elements of `a` and `b`. Both have the same number of elements.
  package init(
    _ a: UnsafeRawBufferPointer, _ typeA: DType, _ b: UnsafeRawBufferPointer, _ typeB: DType
  ) throws {
    let count = a.count / typeA.size
    guard b.count / typeB.size == count else {
      throw MISTError(
        .tensorSizeMismatch, "\(count) elements cannot be compared with \(b.count / typeB.size)")
    }
    measure = Self.measure(typeA, typeB)
    self.typeA = typeA
    self.typeB = typeB
    var start = 0
    while start < count {
      let end = min(start + Self.chunk, count)
      let partA = UnsafeRawBufferPointer(rebasing: a[start * typeA.size..<end * typeA.size])
      let partB = UnsafeRawBufferPointer(rebasing: b[start * typeB.size..<end * typeB.size])
      if measure != .bits || !Self.isEqual(partA, partB) { try compare(partA, partB, from: start) }
      start = end
    }
  }

  /// Rounding is what `FloatConversion` does; it writes these three types, and F8 not.
  private static func measure(_ a: DType, _ b: DType) -> Measure {
    if a == b { return .bits }
    let narrow: [DType] = [.f16, .bf16]
    switch (a, b) {
    case (.f64, .f32), (.f32, .f64): return .rounded(.f32)
    case (.f64, _) where narrow.contains(b), (.f32, _) where narrow.contains(b): return .rounded(b)
    case (_, .f64) where narrow.contains(a), (_, .f32) where narrow.contains(a): return .rounded(a)
    default: return .values
    }
  }

  private static func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard let x = a.baseAddress, let y = b.baseAddress else { return true }
    return memcmp(x, y, a.count) == 0
  }

  private mutating func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, from start: Int)
    throws
  {
    let elements = a.count / typeA.size
    var (x, y) = ([Double](repeating: 0, count: elements), [Double](repeating: 0, count: elements))
    x.withUnsafeMutableBufferPointer { DoubleConversion.toDoubles(a, dtype: typeA, into: $0) }
    y.withUnsafeMutableBufferPointer { DoubleConversion.toDoubles(b, dtype: typeB, into: $0) }
    var distance = 0.0
    for index in 0..<elements where x[index] != y[index] {
      let step = (x[index] - y[index]).magnitude
      if step > distance {
        distance = step
      } else if step.isNaN, !(x[index].isNaN && y[index].isNaN) {
        distance = .infinity
      }
    }
    largest = max(largest, distance)
    switch measure {
    case .values: noteValues(x, y, from: start)
    case .bits: noteBits(a, b, typeA, x, y, from: start)
    case .rounded(let type):
      let (wide, wideType, narrow) = typeA == type ? (b, typeB, a) : (a, typeA, b)
      let floats = try FloatConversion.floats(wide, dtype: wideType)
      var written = [UInt8](repeating: 0, count: floats.count * type.size)
      try written.withUnsafeMutableBytes { target in
        try floats.withUnsafeBufferPointer { try FloatConversion.fromFloats($0, to: type, into: target) }
      }
      written.withUnsafeBytes { bytes in
        if Self.isEqual(bytes, narrow) { return }
        noteBits(bytes, narrow, type, x, y, from: start)
      }
    }
  }

  /// Notes the elements whose bits differ. NaN is the same as NaN where one side was rounded.
  private mutating func noteBits(
    _ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, _ type: DType, _ x: [Double], _ y: [Double],
    from start: Int
  ) {
    let size = type.size
    for index in x.indices
    where (index * size..<(index + 1) * size).contains(where: { a[$0] != b[$0] })
      && !(measure != .bits && x[index].isNaN && y[index].isNaN)
    {
      add(start + index, x[index], y[index])
    }
  }

  private mutating func noteValues(_ x: [Double], _ y: [Double], from start: Int) {
    for index in x.indices where x[index] != y[index] && !(x[index].isNaN && y[index].isNaN) {
      add(start + index, x[index], y[index])
    }
  }

  private mutating func add(_ index: Int, _ a: Double, _ b: Double) {
    count += 1
    if first == nil { first = Pair(index: index, a: a, b: b) }
  }
}
