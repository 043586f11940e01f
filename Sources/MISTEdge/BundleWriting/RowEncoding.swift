/// Turns `f32` into stored rows; `StoredRows` reads them.
package enum RowEncoding {
  /// Bits of the binary16 nearest to `value`, ties to even; infinite beyond its range. No NaN is asked for.
  package static func narrow(_ value: Float) -> UInt16 {
    let sign = value.bitPattern >> 16 & 0x8000
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    guard magnitude < 0x477F_F000 else { return UInt16(truncatingIfNeeded: 0x7C00 | sign) }
    // 0.5's unit in the last place is the smallest half: adding it rounds what becomes subnormal.
    let bits =
      magnitude < 0x3880_0000
      ? (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3F00_0000
      : (magnitude &- 0x3800_0000 &+ 0xFFF &+ (magnitude >> 13 & 1)) >> 13
    return UInt16(truncatingIfNeeded: bits | sign)
  }

  /// Writes the codes of `row` as signed bytes and returns their scale: `absmax / 127`, rounded to nearest, ties to even. A row of zeros,
  /// or of numbers too small for their scale to be a normal number, is stored as zeros.
  @inline(never)
  package static func quantize(
    _ row: UnsafePointer<Float>, count: Int, into codes: UnsafeMutablePointer<Int8>
  ) -> Float {
    var largest: Float = 0
    for i in 0..<count { largest = max(largest, row[i].magnitude) }
    let scale = largest / 127
    // 1.5 · 2²³, whose unit in the last place is 1: adding it rounds what is below 2²².
    let round: Float = 12_582_912
    for i in 0..<count {
      codes[i] = scale.isNormal ? Int8(max(-127, min(127, row[i] / scale + round - round))) : 0
    }
    return scale
  }
}

extension BundleWeights {
  /// Bytes of a section of weights of `type`.
  package static func size(_ type: StoredType, _ table: ParameterTable) -> Int {
    let (vectors, scales) = counts(type, table)
    return headerSize + 4 * (vectors + scales) + (table.count - vectors) * type.size
  }

  /// Writes the section of `parameters`, `size` bytes. Throws `bundle.weight-not-finite` for one that is no finite number, or would be none
  /// as `type` stores it.
  package static func write(
    _ parameters: UnsafePointer<Float>, _ table: ParameterTable, as type: StoredType,
    to section: UnsafeMutableRawBufferPointer
  ) throws(EdgeError) {
    section.zero(0..<headerSize)
    section.put(type.rawValue, at: 0)
    section.put(UInt64(table.count), at: 8)
    guard StoredRows.areFinite(parameters, count: table.count) else {
      throw EdgeError(.weightNotFinite, in: .weights)
    }
    let (vectors, scales) = counts(type, table)
    var vector = headerSize
    var scale = vector + 4 * vectors
    var element = scale + 4 * scales
    for part in table.parameters {
      let values = parameters + part.range.lowerBound
      guard part.isMatrix || type == .f32 else {
        write(values, count: part.range.count, to: section, at: &vector)
        continue
      }
      switch type {
      case .f32: write(values, count: part.range.count, to: section, at: &element)
      case .f16:
        for i in 0..<part.range.count {
          let half = RowEncoding.narrow(values[i])
          guard half & 0x7C00 != 0x7C00 else { throw EdgeError(.weightNotFinite, in: .weights) }
          section.storeBytes(of: half.littleEndian, toByteOffset: element, as: UInt16.self)
          element += 2
        }
      case .int8:
        guard let base = section.baseAddress?.assumingMemoryBound(to: Int8.self) else { return }
        for row in 0..<part.rows {
          let found = RowEncoding.quantize(
            values + row * part.columns, count: part.columns, into: base + element)
          section.put(found.bitPattern, at: scale)
          element += part.columns
          scale += 4
        }
      }
    }
  }

  private static func write(
    _ values: UnsafePointer<Float>, count: Int, to section: UnsafeMutableRawBufferPointer, at place: inout Int
  ) {
    for i in 0..<count { section.put(values[i].bitPattern, at: place + 4 * i) }
    place += 4 * count
  }
}
