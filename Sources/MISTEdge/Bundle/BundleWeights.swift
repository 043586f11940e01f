/// The bundle's `WGHT` section: the head's parameters as `f32`, `f16` or `int8`.
///
/// `f32` is the flat parameter buffer itself, used in place. The smaller types keep vectors (LayerNorm, biases) as `f32`
/// first, then for `int8` one `f32` scale per matrix row, then the matrices' elements.
public struct BundleWeights {
  /// Bytes before the parameters.
  public static let headerSize = 64

  /// Element type of the matrices.
  public let type: StoredType
  /// The network's parameters in order.
  public let table: ParameterTable
  /// Number of values.
  public var count: Int { table.count }
  private let data: UnsafeRawBufferPointer
  private let vectorCount: Int
  private let scaleCount: Int

  package init(_ bytes: UnsafeRawBufferPointer, network: NetworkShape) throws(EdgeError) {
    let id = SectionID.weights
    guard bytes.count >= Self.headerSize else {
      throw EdgeError(.badSectionSize, in: id, expected: Self.headerSize, found: bytes.count)
    }
    guard let type = StoredType(rawValue: bytes.u32(at: 0)) else {
      throw EdgeError(.unknownWeightType, in: id, found: bytes.u32(at: 0))
    }
    guard bytes.isZero(4..<8), bytes.isZero(16..<64) else { throw EdgeError(.reservedNotZero, in: id) }
    // The head's limits keep its size below 2³¹.
    table = ParameterTable(network)
    let count = table.count
    guard bytes.u64(at: 8) == UInt64(count) else {
      throw EdgeError(.weightCount, in: id, expected: UInt64(count), found: bytes.u64(at: 8))
    }
    self.type = type
    (vectorCount, scaleCount) = Self.counts(type, table)
    let expected =
      UInt64(Self.headerSize) + 4 * UInt64(vectorCount + scaleCount) + UInt64(count - vectorCount)
      * UInt64(type.size)
    guard UInt64(bytes.count) == expected else {
      throw EdgeError(.weightSize, in: id, expected: expected, found: UInt64(bytes.count))
    }
    data = bytes.part(Self.headerSize..<bytes.count)
    try check()
  }

  /// How many `f32` vector elements and scales stand before the matrices' elements.
  static func counts(_ type: StoredType, _ table: ParameterTable) -> (vectors: Int, scales: Int) {
    guard type != .f32 else { return (0, 0) }
    var (vectors, scales) = (0, 0)
    for part in table.parameters {
      if part.isMatrix { scales += part.rows } else { vectors += part.range.count }
    }
    return (vectors, type == .int8 ? scales : 0)
  }

  private func check() throws(EdgeError) {
    guard let base = data.baseAddress else { return }
    let scales = base + 4 * vectorCount
    guard StoredRows.areFinite(base, count: vectorCount) else {
      throw EdgeError(.weightNotFinite, in: .weights)
    }
    guard StoredRows.areScales(scales, count: scaleCount) else { throw EdgeError(.badScale, in: .weights) }
    guard StoredRows.areFinite(type, scales + 4 * scaleCount, count: count - vectorCount) else {
      throw EdgeError(.weightNotFinite, in: .weights)
    }
  }

  /// The parameters where they lie, when they are `f32` and aligned on a little-endian machine.
  public var inPlace: UnsafePointer<Float>? {
    guard type == .f32, UInt32(littleEndian: 1) == 1, let base = data.baseAddress,
      UInt(bitPattern: base) % UInt(MemoryLayout<Float>.alignment) == 0
    else { return nil }
    return base.assumingMemoryBound(to: Float.self)
  }

  /// Writes `count` floats in the order of the parts.
  public func expand(into out: UnsafeMutablePointer<Float>) { expand(0..<count, into: out) }

  /// Writes those of `range`, which are whole parts.
  func expand(_ range: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    guard let base = data.baseAddress else { return }
    guard type != .f32 else {
      let from = base + 4 * range.lowerBound
      return StoredRows.expand(.f32, from, scales: from, rows: 1, columns: range.count, into: out)
    }
    var vector = base
    var scales = base + 4 * vectorCount
    var elements = scales + 4 * scaleCount
    for part in table.parameters {
      let isWanted = range.lowerBound <= part.range.lowerBound && part.range.upperBound <= range.upperBound
      let target = out + (isWanted ? part.range.lowerBound - range.lowerBound : 0)
      if part.isMatrix {
        if isWanted {
          StoredRows.expand(
            type, elements, scales: scales, rows: part.rows, columns: part.columns, into: target)
        }
        elements += part.range.count * type.size
        scales += type == .int8 ? 4 * part.rows : 0
      } else {
        if isWanted {
          StoredRows.expand(.f32, vector, scales: vector, rows: 1, columns: part.range.count, into: target)
        }
        vector += 4 * part.range.count
      }
    }
  }

  /// Codes and scales of the `int8` matrix whose values are `range`.
  func codes(_ range: Range<Int>) -> (codes: UnsafePointer<Int8>, scales: UnsafeRawBufferPointer) {
    guard let base = data.baseAddress, type == .int8 else { preconditionFailure("the weights are not int8") }
    var (scales, elements) = (base + 4 * vectorCount, base + 4 * (vectorCount + scaleCount))
    for part in table.parameters where part.isMatrix {
      if part.range == range {
        return (
          elements.assumingMemoryBound(to: Int8.self),
          UnsafeRawBufferPointer(start: scales, count: 4 * part.rows)
        )
      }
      elements += part.range.count
      scales += 4 * part.rows
    }
    preconditionFailure("no matrix lies there")
  }

  /// Calls `body` with the parameters as floats: in place where that is possible, else a copy that lives for the call.
  public func withParameters<R>(_ body: (UnsafePointer<Float>) -> R) -> R {
    if let inPlace { return body(inPlace) }
    let copy = FloatBuffer(count)
    expand(into: copy.pointer)
    return withExtendedLifetime(copy) { body(copy.pointer) }
  }
}
