import MISTEdge
import MISTFormats

/// A `WGHT` section, and what storing the weights cost in precision.
struct WeightEncoder {
  let bytes: [UInt8]
  /// The largest difference between a parameter and what the reader makes of it.
  private(set) var maximumError: Float = 0
  /// The same relative to the largest magnitude of the parameter's own matrix.
  private(set) var maximumRelativeError: Float = 0

  init(_ parameters: [Float], network: NetworkShape, type: StoredType) throws {
    let table = ParameterTable(network)
    guard parameters.count == table.count else {
      throw MISTError(
        .exportInconsistent, at: "head",
        "its shape needs \(table.count) parameters, it has \(parameters.count)")
    }
    try Self.check(parameters, table, type)
    var section = [UInt8](repeating: 0, count: BundleWeights.size(type, table))
    let stored: [Float]
    do throws(EdgeError) {
      stored = try Self.write(parameters, network, table, type, to: &section)
    } catch { throw error.mistError() }
    bytes = section
    for part in table.parameters where part.isMatrix {
      let largest = parameters[part.range].reduce(0) { max($0, $1.magnitude) }
      let error = part.range.reduce(0) { max($0, (parameters[$1] - stored[$1]).magnitude) }
      maximumError = max(maximumError, error)
      if largest > 0 { maximumRelativeError = max(maximumRelativeError, error / largest) }
    }
  }

  private static func check(_ parameters: [Float], _ table: ParameterTable, _ type: StoredType) throws {
    if let index = parameters.firstIndex(where: { !$0.isFinite }) {
      throw MISTError(
        .exportUnrepresentable, at: "parameter \(index)", "it is \(parameters[index])",
        advice: "train the head again with a lower learning rate")
    }
    guard type == .f16 else { return }
    for part in table.parameters where part.isMatrix {
      guard let index = part.range.first(where: { RowEncoding.narrow(parameters[$0]) & 0x7C00 == 0x7C00 })
      else { continue }
      throw MISTError(
        .exportUnrepresentable, at: "parameter \(index)", "\(parameters[index]) is beyond the range of f16",
        advice: "export with --dtype f32 or int8")
    }
  }

  /// Writes the section and returns the parameters that a device reads from it.
  private static func write(
    _ parameters: [Float], _ network: NetworkShape, _ table: ParameterTable, _ type: StoredType,
    to section: inout [UInt8]
  ) throws(EdgeError) -> [Float] {
    var result: Result<[Float], EdgeError> = .success([])
    section.withUnsafeMutableBytes { section in
      parameters.withUnsafeBufferPointer { parameters in
        guard let base = parameters.baseAddress else { return }
        do throws(EdgeError) {
          try BundleWeights.write(base, table, as: type, to: section)
          let weights = try BundleWeights(UnsafeRawBufferPointer(section), network: network)
          result = .success(
            weights.withParameters { Array(UnsafeBufferPointer(start: $0, count: weights.count)) })
        } catch { result = .failure(error) }
      }
    }
    return try result.get()
  }
}

/// A row of floats as `code · scale` with symmetric signed bytes.
struct QuantizedRow {
  let scale: Float
  let codes: [Int8]

  init(_ values: ArraySlice<Float>) {
    var scale: Float = 0
    codes = Array(unsafeUninitializedCapacity: values.count) { codes, count in
      values.withUnsafeBufferPointer { values in
        guard let source = values.baseAddress, let target = codes.baseAddress else { return }
        scale = RowEncoding.quantize(source, count: values.count, into: target)
      }
      count = values.count
    }
    self.scale = scale
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
