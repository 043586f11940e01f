/// What the runtime looks for in a shard's header: its own metadata and the tensors of one feature. Everything else is
/// checked for syntax and passed over, so memory does not grow with the header.
final class ShardHeader {
  static let maximumSize = 100_000_000

  var format: UnsafeRawBufferPointer?
  var version: UnsafeRawBufferPointer?
  var task: UnsafeRawBufferPointer?
  var model: UnsafeRawBufferPointer?
  var tokens: UnsafeRawBufferPointer?
  var channels: UnsafeRawBufferPointer?
  var gather: UnsafeRawBufferPointer?
  var layers: UnsafeRawBufferPointer?
  var levels: UnsafeRawBufferPointer?
  var maskSize: UnsafeRawBufferPointer?
  var precision: UnsafeRawBufferPointer?
  /// The features and their scales, one place per tensor that the bundle reads.
  private(set) var features: [ShardTensor?]
  private(set) var scales: [ShardTensor?]
  private(set) var offsets: [ShardTensor?]
  private(set) var checksums: [ShardTensor?]
  private(set) var labels: ShardTensor?
  private(set) var masks: ShardTensor?
  /// Where the last tensor ends in the data.
  private(set) var dataEnd = 0
  /// What follows the header.
  let file: UnsafeRawBufferPointer
  private let source: BundleSource

  /// Reads the header of the shard `bytes`, of which the tensors that `source` names are kept.
  init(_ bytes: UnsafeRawBufferPointer, source: BundleSource) throws(EdgeError) {
    guard bytes.count >= 8 else { throw EdgeError(.shardTruncated, expected: 8, found: bytes.count) }
    let length = bytes.u64(at: 0)
    guard length <= UInt64(Self.maximumSize) else {
      throw EdgeError(.shardHeaderTooLarge, expected: UInt64(Self.maximumSize), found: length)
    }
    guard length <= UInt64(bytes.count - 8) else {
      throw EdgeError(.shardTruncated, expected: length + 8, found: UInt64(bytes.count))
    }
    let end = 8 + Int(truncatingIfNeeded: length)
    self.source = source
    file = bytes.part(end..<bytes.count)
    features = [ShardTensor?](repeating: nil, count: source.tensors.count)
    scales = features
    offsets = features
    checksums = features
    try read(bytes.part(8..<end))
  }

  /// Throws unless the tensors end where the file does.
  func checkEnd() throws(EdgeError) {
    guard dataEnd <= file.count else {
      throw EdgeError(.shardTruncated, expected: dataEnd, found: file.count)
    }
    guard dataEnd == file.count else {
      throw EdgeError(.shardTrailingBytes, expected: dataEnd, found: file.count)
    }
  }

  private func read(_ json: UnsafeRawBufferPointer) throws(EdgeError) {
    guard UTF8Text.isValid(json) else { throw EdgeError(.shardBadHeader) }
    var scanner = HeaderScanner(json)
    try scanner.expect(UInt8(ascii: "{"))
    if !scanner.take(UInt8(ascii: "}")) {
      var seenMetadata = false
      repeat {
        let key = try scanner.string()
        try scanner.expect(UInt8(ascii: ":"))
        if key.equals("__metadata__") {
          guard !seenMetadata else { throw EdgeError(.shardDuplicateKey) }
          seenMetadata = true
          try readMetadata(&scanner)
        } else {
          let tensor = try ShardTensor(&scanner)
          dataEnd = max(dataEnd, tensor.end)
          try keep(tensor, key)
        }
      } while scanner.take(UInt8(ascii: ","))
      try scanner.expect(UInt8(ascii: "}"))
    }
    guard scanner.peek() == nil else { throw scanner.malformed() }
  }

  @inline(never)
  private func readMetadata(_ scanner: inout HeaderScanner) throws(EdgeError) {
    try scanner.expect(UInt8(ascii: "{"))
    if scanner.take(UInt8(ascii: "}")) { return }
    repeat {
      let key = try scanner.string()
      try scanner.expect(UInt8(ascii: ":"))
      let value = try scanner.string()
      if key.equals("mist.format") {
        try Self.set(&format, value)
      } else if key.equals("mist.version") {
        try Self.set(&version, value)
      } else if key.equals("mist.model") {
        try Self.set(&model, value)
      } else if key.equals("mist.tokens") {
        try Self.set(&tokens, value)
      } else if key.equals("mist.channels") {
        try Self.set(&channels, value)
      } else if key.equals("mist.gather") {
        try Self.set(&gather, value)
      } else if key.equals("mist.layers") {
        try Self.set(&layers, value)
      } else if key.equals("mist.task") {
        try Self.set(&task, value)
      } else if key.equals("mist.levels") {
        try Self.set(&levels, value)
      } else if key.equals("mist.mask") {
        try Self.set(&maskSize, value)
      } else if key.equals("mist.precision") {
        try Self.set(&precision, value)
      }
    } while scanner.take(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "}"))
  }

  private func keep(_ tensor: ShardTensor, _ key: UnsafeRawBufferPointer) throws(EdgeError) {
    if key.equals("label") { return try Self.set(&labels, tensor) }
    if key.equals("mask") { return try Self.set(&masks, tensor) }
    guard let (name, rest) = FeatureKey.prefix(of: key), let place = source.tensors.firstIndex(of: name)
    else { return }
    guard !rest.isEmpty else { return try Self.set(&features[place], tensor) }
    if rest.equals("crc32") { return try Self.set(&checksums[place], tensor) }
    // The final class token is never quantised.
    guard source.maps != nil || name.feature != .final else { return }
    if rest.equals("scale") {
      try Self.set(&scales[place], tensor)
    } else if rest.equals("offset") {
      try Self.set(&offsets[place], tensor)
    }
  }

  private static func set<T>(_ place: inout T?, _ value: T) throws(EdgeError) {
    guard place == nil else { throw EdgeError(.shardDuplicateKey) }
    place = value
  }
}
