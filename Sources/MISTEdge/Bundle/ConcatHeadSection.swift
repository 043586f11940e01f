/// `HEAD` of a network that reads every token of its inputs, one after another.
extension HeadSection {
  /// Bytes of each input.
  public static let inputSize = 32
  /// Most inputs: a model's stages.
  public static let maximumInputs = 16

  static func concat(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) -> NetworkShape {
    let id = SectionID.head
    let count = Int(truncatingIfNeeded: min(bytes.u32(at: 4), UInt32(maximumInputs) + 1))
    guard 1...maximumInputs ~= count else {
      throw EdgeError(.badLevelCount, in: id, found: bytes.u32(at: 4))
    }
    let size = headerSize + count * inputSize
    guard bytes.count == size else {
      throw EdgeError(.badSectionSize, in: id, expected: size, found: bytes.count)
    }
    guard bytes.u32(at: 8) == Pooling.concat.stored.code else {
      throw EdgeError(.unknownPooling, in: id, found: bytes.u32(at: 8))
    }
    guard bytes.u32(at: 12) == 0 else { throw EdgeError(.unknownHeadFlag, in: id, found: bytes.u32(at: 12)) }
    var shape = NetworkShape(
      streams: [], readout: .pooled(.concat),
      classes: try dimension(bytes, at: classesOffset, 1...maximumClasses),
      rank: 0,
      epsilon: try epsilon(bytes))
    var isZero = bytes.isZero(24..<headerSize)
    var values: UInt64 = 0
    for index in 0..<count {
      let row = bytes.part((headerSize + index * inputSize)..<(headerSize + (index + 1) * inputSize))
      let stream = StreamShape(
        height: 1, width: try dimension(row, at: 0, 1...maximumTokens),
        channels: try dimension(row, at: 4, 1...maximumChannels))
      isZero = isZero && row.isZero(8..<inputSize)
      values += UInt64(stream.tokens) * UInt64(stream.channels)
      shape.streams.append(stream)
    }
    guard isZero else { throw EdgeError(.reservedNotZero, in: id) }
    // Before anything is multiplied in the width of the machine.
    guard values <= UInt64(maximumWorkingFloats) else {
      throw EdgeError(.headTooLarge, in: id, expected: UInt64(maximumWorkingFloats), found: values)
    }
    return shape
  }
}
