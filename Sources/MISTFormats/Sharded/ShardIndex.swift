/// The index of a checkpoint split over several files, `model.safetensors.index.json`: which tensor is in which file.
struct ShardIndex {
  /// The longest index that is read, in bytes.
  static let limit = 1 << 26
  /// Files that a checkpoint may be split over.
  static let shardLimit = 4096
  /// Objects and arrays inside each other.
  static let depthLimit = 16

  /// Files in the order of their names, and the names of each one's tensors.
  private(set) var shards: [(file: String, tensors: Set<String>)] = []
  /// Bytes of all tensors, where the index says it.
  private(set) var totalSize: Int?

  /// Parses the file at `path`. Errors do not name the file.
  init(path: String) throws {
    let file = try MappedFile(path: path)
    try withExtendedLifetime(file) { try parse(file) }
  }

  private mutating func parse(_ file: MappedFile) throws {
    guard file.bytes.count <= Self.limit else {
      throw MISTError(
        .shardedIndexTooLarge, "it has \(file.bytes.count) bytes, more than the limit of \(Self.limit)")
    }
    if let position = firstInvalidUTF8(file.bytes) {
      throw MISTError(.shardedInvalidIndex, at: "byte \(position)", "it is not valid UTF-8")
    }
    var scanner = HeaderScanner(bytes: file.bytes)
    var map: [String: String]?
    do {
      try scanner.object { scanner, key, _ in
        switch key {
        case "weight_map":
          guard map == nil else { throw Self.duplicate(key) }
          map = try Self.weightMap(&scanner)
        case "metadata" where scanner.nextKind == .object:
          try Self.metadata(&scanner, &totalSize)
        default: try Self.skip(&scanner, depth: 1)
        }
      }
      scanner.skipWhiteSpace()
      guard scanner.next == nil else { throw scanner.invalid("nothing more is expected") }
    } catch let error as MISTError where error.code.name.hasPrefix("safetensors.") {
      // The scanner's sentences are about a header.
      throw MISTError(
        .shardedInvalidIndex, at: "byte \(scanner.position)", "it is not the JSON of an index",
        advice: "download it again")
    }
    guard let map else {
      throw MISTError(
        .shardedNoWeightMap, "it has no 'weight_map', which says what tensor is in which file")
    }
    try arrange(map)
  }

  private mutating func arrange(_ map: [String: String]) throws {
    var files: [String: Set<String>] = [:]
    for (tensor, file) in map {
      guard !file.isEmpty, !file.hasPrefix("."),
        !file.utf8.contains(where: { $0 == 0x2f || $0 == 0x5c || $0 < 0x20 }),
        !file.hasSuffix(ShardedArchive.ending)
      else {
        throw MISTError(
          .shardedShardName, at: "tensor \(quoted(tensor))",
          "its file \(quoted(file)) is not a plain name: only files of tensors beside the index are read")
      }
      files[file, default: []].insert(tensor)
    }
    guard files.count <= Self.shardLimit else {
      throw MISTError(
        .shardedTooManyShards, "it names \(files.count) files, more than the limit of \(Self.shardLimit)")
    }
    shards = files.sorted { $0.key < $1.key }.map { (file: $0.key, tensors: $0.value) }
  }

  private static func weightMap(_ scanner: inout HeaderScanner) throws -> [String: String] {
    var map: [String: String] = [:]
    try scanner.object { scanner, tensor, _ in
      try scanner.require(.string, "a file's name")
      guard map.updateValue(try scanner.string(), forKey: tensor) == nil else { throw duplicate(tensor) }
    }
    return map
  }

  private static func metadata(_ scanner: inout HeaderScanner, _ totalSize: inout Int?) throws {
    try scanner.object { scanner, key, _ in
      guard key == "total_size", scanner.nextKind == .number else { return try skip(&scanner, depth: 2) }
      if case .value(let size) = try scanner.integer() { totalSize = size }
    }
  }

  /// Takes any value.
  private static func skip(_ scanner: inout HeaderScanner, depth: Int) throws {
    guard depth < depthLimit else { throw scanner.invalid("too many levels") }
    switch scanner.nextKind {
    case .object: try scanner.object { scanner, _, _ in try skip(&scanner, depth: depth + 1) }
    case .string: _ = try scanner.string()
    case .number: _ = try scanner.integer()
    case .word:
      guard
        let word = ["true", "false", "null"].first(where: {
          scanner.bytes[scanner.position...].starts(with: $0.utf8)
        })
      else { throw scanner.invalid("a value is expected") }
      scanner.position += word.utf8.count
    case .array:
      scanner.position += 1
      scanner.skipWhiteSpace()
      var isFirst = true
      while scanner.next != UInt8(ascii: "]") {
        if !isFirst { try scanner.expect(",", "between elements") }
        isFirst = false
        scanner.skipWhiteSpace()
        try skip(&scanner, depth: depth + 1)
        scanner.skipWhiteSpace()
      }
      scanner.position += 1
    case nil: throw scanner.invalid("a value is expected")
    }
  }

  private static func duplicate(_ key: String) -> MISTError {
    MISTError(.shardedDuplicateKey, at: quoted(key), "the index gives it twice")
  }
}
