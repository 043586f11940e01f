extension ShardHeader {
  /// Throws unless the metadata is of images and maps of these sizes.
  func check(_ source: BundleSource.Maps, _ shape: NetworkShape) throws(EdgeError) {
    guard let levels, let maskSize else { throw EdgeError(.shardBadMetadata) }
    let size = try Self.sizes(maskSize, count: 2)
    guard size == (source.height, source.width, 0) else { throw EdgeError(.shardSizeDiffers) }
    var found = 0
    var start = 0
    for end in 0...levels.count where end == levels.count || levels[end] == UInt8(ascii: ",") {
      var colon = start
      while colon < end, levels[colon] != UInt8(ascii: ":") { colon += 1 }
      guard colon < end, let number = HeaderScanner.integer(levels.part(start..<colon)) else {
        throw EdgeError(.shardBadMetadata)
      }
      let map = try Self.sizes(levels.part((colon + 1)..<end), count: 3)
      if let index = source.levels.firstIndex(of: number) {
        let level = shape.streams[index]
        guard map == (level.height, level.width, level.channels) else {
          throw EdgeError(.shardLevelsDiffer, found: UInt64(clamping: number))
        }
        found += 1
      }
      start = end + 1
    }
    guard found == source.levels.count else { throw EdgeError(.shardLevelsDiffer) }
  }

  /// Throws unless the metadata is of tokens of this size.
  func checkTokens(_ source: BundleSource, _ shape: NetworkShape) throws(EdgeError) {
    // Layer tokens have sizes of their own, which their tensors say.
    guard source.feature != .layerTokens else { return }
    let stream = shape.streams[0]
    guard let tokens = tokens.flatMap(HeaderScanner.integer),
      let channels = channels.flatMap(HeaderScanner.integer)
    else { throw EdgeError(.shardBadMetadata) }
    guard channels == stream.channels else {
      throw EdgeError(.shardChannelsDiffer, expected: stream.channels, found: channels)
    }
    guard source.feature == .final || tokens == stream.tokens else {
      throw EdgeError(.shardTokensDiffer, expected: stream.tokens, found: tokens)
    }
  }

  /// The two or three numbers of `HxW` or `HxWxC`.
  private static func sizes(
    _ text: UnsafeRawBufferPointer, count: Int
  ) throws(EdgeError) -> (Int, Int, Int) {
    var numbers = (0, 0, 0)
    var place = 0
    var start = 0
    for end in 0...text.count where end == text.count || text[end] == UInt8(ascii: "x") {
      guard let value = HeaderScanner.integer(text.part(start..<end)) else {
        throw EdgeError(.shardBadMetadata)
      }
      switch place {
      case 0: numbers.0 = value
      case 1: numbers.1 = value
      case 2: numbers.2 = value
      default: break
      }
      place += 1
      start = end + 1
    }
    guard place == count else { throw EdgeError(.shardBadMetadata) }
    return numbers
  }
}
