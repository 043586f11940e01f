/// What the runtime looks for in a shard's header: its own metadata and the tensors of one gather. Everything else is
/// checked for syntax and passed over, so memory does not grow with the header.
struct ShardHeader {
  var format: UnsafeRawBufferPointer?
  var version: UnsafeRawBufferPointer?
  var model: UnsafeRawBufferPointer?
  var tokens: UnsafeRawBufferPointer?
  var channels: UnsafeRawBufferPointer?
  var gather: UnsafeRawBufferPointer?
  var features: ShardTensor?
  var scales: ShardTensor?
  var labels: ShardTensor?
  /// Where the last tensor ends in the data.
  private(set) var dataEnd = 0

  init(_ json: UnsafeRawBufferPointer, gather: BundleSource.Gather) throws(EdgeError) {
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
          try keep(tensor, key, gather)
        }
      } while scanner.take(UInt8(ascii: ","))
      try scanner.expect(UInt8(ascii: "}"))
    }
    guard scanner.peek() == nil else { throw scanner.malformed() }
  }

  @inline(never)
  private mutating func readMetadata(_ scanner: inout HeaderScanner) throws(EdgeError) {
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
        try Self.set(&self.gather, value)
      }
    } while scanner.take(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "}"))
  }

  private mutating func keep(
    _ tensor: ShardTensor, _ name: UnsafeRawBufferPointer, _ gather: BundleSource.Gather
  ) throws(EdgeError) {
    if name.equals("label") { return try Self.set(&labels, tensor) }
    switch gather {
    case .final:
      if name.equals("final") { try Self.set(&features, tensor) }
    case .sum(let depth):
      guard name.count >= 2, name[0] == UInt8(ascii: "k") else { return }
      let suffix: StaticString = ".scale"
      let tail = name.count - suffix.utf8CodeUnitCount
      if HeaderScanner.integer(name.part(1..<name.count)) == depth {
        try Self.set(&features, tensor)
      } else if tail > 1, name.part(tail..<name.count).equals(suffix),
        HeaderScanner.integer(name.part(1..<tail)) == depth
      {
        try Self.set(&scales, tensor)
      }
    }
  }

  private static func set<T>(_ place: inout T?, _ value: T) throws(EdgeError) {
    guard place == nil else { throw EdgeError(.shardDuplicateKey) }
    place = value
  }
}
