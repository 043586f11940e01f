import MISTFormats

/// Small tensors in memory.
struct MemoryArchive: TensorArchive {
  var path: String { "memory.onnx" }
  var format: String { "onnx" }
  var metadata: [String: String] { [:] }
  private(set) var tensors: [TensorInfo] = []
  private var values: [String: [UInt8]] = [:]

  mutating func add(_ name: String, _ shape: [Int], _ floats: [Float]) {
    precondition(floats.count == shape.reduce(1, *))
    tensors.append(TensorInfo(name: name, dtype: .f32, shape: shape))
    values[name] = floats.withUnsafeBytes(Array.init)
  }

  /// Adds `name` holding 0, 1, 2, … plus `offset`, so that every element shows where it came from.
  mutating func addCounting(_ name: String, _ shape: [Int], from offset: Float = 0) {
    add(name, shape, (0..<shape.reduce(1, *)).map { offset + Float($0) })
  }

  func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let bytes = values[name] else {
      throw MISTError(.tensorNotFound, file: path, at: name, "no such tensor")
    }
    return try bytes.withUnsafeBytes(body)
  }
}

extension TensorArchive {
  func bytes(_ name: String) throws -> [UInt8] { try withBytes(of: name) { Array($0) } }

  func floats(_ name: String) throws -> [Float] {
    try withBytes(of: name) { raw in
      (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    }
  }
}
