import MISTEdge
import MISTFormats

/// The elements of a `WGHT` section, and what storing them cost in precision.
struct WeightEncoder {
  private(set) var vectors: [UInt8] = []
  private(set) var scales: [UInt8] = []
  private(set) var elements: [UInt8] = []
  /// The largest difference between a parameter and what the reader will make of it.
  private(set) var maximumError: Float = 0
  /// The same relative to the largest magnitude of the parameter's own matrix.
  private(set) var maximumRelativeError: Float = 0

  init(_ parameters: [Float], table: ParameterTable, type: StoredType) throws {
    let count = table.count
    guard parameters.count == count else {
      throw MISTError(
        .exportInconsistent, at: "head",
        "its shape needs \(count) parameters, it has \(parameters.count)")
    }
    if let index = parameters.firstIndex(where: { !$0.isFinite }) {
      throw MISTError(
        .exportUnrepresentable, at: "parameter \(index)", "it is \(parameters[index])",
        advice: "train the head again with a lower learning rate")
    }
    guard type != .f32 else {
      elements.append(floats: parameters[...])
      return
    }
    for part in table.parameters {
      let values = parameters[part.range]
      if !part.isMatrix {
        vectors.append(floats: values)
      } else if type == .f16 {
        try appendHalves(values)
      } else {
        appendBytes(values, columns: part.columns)
      }
    }
  }

  var bytes: [UInt8] { vectors + scales + elements }

  private mutating func appendHalves(_ values: ArraySlice<Float>) throws {
    let largest = values.reduce(0) { max($0, $1.magnitude) }
    for (index, value) in zip(values.indices, values) {
      let half = FloatConversion.half(value)
      let back = FloatConversion.float(half: half)
      guard back.isFinite else {
        throw MISTError(
          .exportUnrepresentable, at: "parameter \(index)", "\(value) is beyond the range of f16",
          advice: "export with --dtype f32 or int8")
      }
      withUnsafeBytes(of: half.littleEndian) { elements.append(contentsOf: $0) }
      note(value, back, largest)
    }
  }

  /// One scale per row, `absmax / 127`, codes rounded to nearest, ties to even.
  private mutating func appendBytes(_ values: ArraySlice<Float>, columns: Int) {
    let largest = values.reduce(0) { max($0, $1.magnitude) }
    for start in stride(from: values.startIndex, to: values.endIndex, by: columns) {
      let row = QuantizedRow(values[start..<(start + columns)])
      scales.append(floats: [row.scale][...])
      elements.append(contentsOf: row.codes.map { UInt8(bitPattern: $0) })
      for (value, code) in zip(values[start...], row.codes) { note(value, Float(code) * row.scale, largest) }
    }
  }

  private mutating func note(_ value: Float, _ stored: Float, _ largest: Float) {
    let error = (value - stored).magnitude
    maximumError = max(maximumError, error)
    if largest > 0 { maximumRelativeError = max(maximumRelativeError, error / largest) }
  }
}

/// A row of floats as `code · scale` with symmetric signed bytes.
struct QuantizedRow {
  let scale: Float
  let codes: [Int8]

  init(_ values: ArraySlice<Float>) {
    let largest = values.reduce(0) { max($0, $1.magnitude) }
    let scale = largest / 127
    self.scale = scale
    // A row of zeros, or of numbers too small for their scale to be a normal number, is stored as zeros.
    codes = values.map { value in
      scale.isNormal ? Int8(max(-127, min(127, (value / scale).rounded(.toNearestOrEven)))) : 0
    }
  }
}

extension [UInt8] {
  mutating func append(floats values: ArraySlice<Float>) {
    reserveCapacity(count + 4 * values.count)
    for value in values { append(integer: value.bitPattern) }
  }

  mutating func append(integer value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  mutating func append(zeros: Int) { append(contentsOf: repeatElement(0, count: zeros)) }
}
