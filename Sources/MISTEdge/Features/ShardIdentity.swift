extension ShardHeader {
  /// Throws unless the metadata is a shard's, for the bundle's task, of its model, and holds its gather.
  func check(_ source: BundleSource, _ expected: BundleTask) throws(EdgeError) {
    guard let format, format.equals("feature-shard") else { throw EdgeError(.shardNotAShard) }
    guard let version,
      version.equals("1") || version.equals("2") || version.equals("3") || hasOffsets
    else { throw EdgeError(.shardBadVersion) }
    guard let model, let gather else { throw EdgeError(.shardBadMetadata) }
    // A shard of version 1 is for classification and does not say so.
    if version.equals("1") {
      guard expected == .classification else { throw EdgeError(.shardTaskDiffers) }
    } else {
      guard let task else { throw EdgeError(.shardBadMetadata) }
      guard task.equals(expected.name) else { throw EdgeError(.shardTaskDiffers) }
    }
    guard Self.isHash(model, source.modelHash) else { throw EdgeError(.shardModelDiffers) }
    switch source.feature {
    case .final, .block, .ladder, .side:
      guard features.allSatisfy({ $0 != nil }) else { throw EdgeError(.shardGatherDiffers) }
    case .layerTokens:
      guard let layers else { throw EdgeError(.shardGatherDiffers) }
      var (count, same) = (0, true)
      try Self.forEachDepth(layers) { depth in
        same = same && count < source.layers.count && source.layers[count] == depth
        count += 1
      }
      guard same, count == source.layers.count else { throw EdgeError(.shardGatherDiffers) }
    case .gather(let depth):
      var isThere = false
      try Self.forEachDepth(gather) { isThere = isThere || $0 == depth }
      guard isThere else { throw EdgeError(.shardGatherDiffers, found: UInt64(depth)) }
    }
  }

  /// Whether codes of int8 are read with an offset per row.
  var hasOffsets: Bool { version?.equals("4") == true }

  /// Whether `text` is `hash` in hexadecimal.
  private static func isHash(_ text: UnsafeRawBufferPointer, _ hash: UnsafeRawBufferPointer) -> Bool {
    guard text.count == 2 * hash.count else { return false }
    for i in 0..<text.count {
      let digit = text[i]
      let value: UInt8
      switch digit {
      case 0x30...0x39: value = digit - 0x30
      case 0x61...0x66: value = digit - 0x61 + 10
      case 0x41...0x46: value = digit - 0x41 + 10
      default: return false
      }
      guard value == (i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15) else { return false }
    }
    return true
  }

  /// Calls `body` with every one of the comma-separated depths in `list`, of which there may be none, or more than there is memory for.
  private static func forEachDepth(
    _ list: UnsafeRawBufferPointer, _ body: (Int) -> Void
  ) throws(EdgeError) {
    var start = 0
    for i in 0...list.count where list.count > 0 && (i == list.count || list[i] == UInt8(ascii: ",")) {
      guard let value = HeaderScanner.integer(list.part(start..<i)) else {
        throw EdgeError(.shardBadMetadata)
      }
      body(value)
      start = i + 1
    }
  }
}
