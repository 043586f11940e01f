/// The layout of `torch.save` before PyTorch 1.6 and of `_use_new_zipfile_serialization=False`: five pickles one after the
/// other (a magic number, a protocol number, facts about the machine, the object, the storages' keys), and then each
/// storage as its number of elements and its bytes.
struct PyTorchLegacyLayout {
  let value: PickleValue
  let objects: [PickleObject]
  /// Where each storage's bytes lie in the file.
  private let ranges: [String: Range<Int>]

  /// 0x1950a86a20f9469cfc6c, little-endian.
  private static let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  private static let version = 1001

  /// Throws the `pickle.` errors and the `pytorch.` ones about this layout.
  init(_ file: MappedFile) throws {
    let bytes = file.bytes
    var trail = MappedTrail(file)
    var reader = PickleReader(bytes, at: 0, title: "")
    func next() throws -> (PickleValue, PickleMachine) {
      var machine = PickleMachine(reader)
      let value = try machine.run()
      reader = machine.reader
      return (value, machine)
    }
    func invalid(_ problem: String) -> MISTError { reader.error(.pytorchInvalidLegacy, problem) }

    guard case .wide(let range) = try next().0, bytes[range].elementsEqual(Self.magic) else {
      throw MISTError(
        .pytorchNotACheckpoint, "this is a Python pickle, but not a checkpoint that torch.save wrote",
        advice: "save its state dict with torch.save or the safetensors package")
    }
    guard case .int(Self.version) = try next().0 else {
      throw invalid("the checkpoint's protocol must be \(Self.version)")
    }
    let (facts, machine) = try next()
    try Self.checkByteOrder(facts, machine)
    let (value, contents) = try next()
    self.value = value
    objects = contents.objects
    let (keys, list) = try next()
    guard case .object(let place) = keys, case .list = list.objects[place].kind else {
      throw invalid("a list of the storages' keys must follow the object")
    }
    let storages = try Self.storages(objects)
    var ranges: [String: Range<Int>] = [:]
    for key in list.objects[place].items {
      guard case .text(let key) = key, let storage = storages[key] else {
        throw invalid("the list of storages names one that no tensor has")
      }
      guard ranges[key] == nil else { throw invalid("storage \(quoted(key)) is listed twice") }
      let count = try reader.number(UInt64.self)
      guard count == UInt64(storage.count) else {
        throw reader.error(
          .pytorchStorageSize,
          "storage \(quoted(key)) should have \(storage.count) elements, but \(count) are announced")
      }
      ranges[key] = try reader.take(storage.count * storage.type.size)
      trail.pass(reader.position)
    }
    trail.end()
    self.ranges = ranges
    guard reader.position == bytes.count else {
      throw reader.error(
        .pytorchTrailingBytes, "\(bytes.count - reader.position) bytes follow the last storage")
    }
  }

  /// Where the bytes of `storage` lie. `place` is whose storage it is.
  func range(of storage: PyTorchStorage, _ place: String) throws -> Range<Int> {
    guard let range = ranges[storage.key] else {
      throw MISTError(
        .pytorchMissingStorage, at: place, "its storage \(quoted(storage.key)) is not in the file",
        advice: "the file is incomplete, download it again")
    }
    return range
  }

  private static func checkByteOrder(_ facts: PickleValue, _ machine: PickleMachine) throws {
    guard case .object(let place) = facts, case .dictionary = machine.objects[place].kind else {
      throw machine.reader.error(
        .pytorchInvalidLegacy, "facts about the machine must follow the protocol's number")
    }
    let items = machine.objects[place].items
    for pair in stride(from: 0, to: items.count - 1, by: 2) {
      if case .text("little_endian") = items[pair], case .bool(false) = items[pair + 1] {
        throw MISTError(
          .pytorchBigEndian, "the tensors have the other byte order",
          advice: "load the checkpoint with PyTorch and save it again on a little-endian machine")
      }
    }
  }

  /// Every storage that is referred to, by key; the same key must always mean the same.
  private static func storages(_ objects: [PickleObject]) throws -> [String: PyTorchStorage] {
    var storages: [String: PyTorchStorage] = [:]
    for case .storage(let storage) in objects.lazy.map(\.kind) {
      if let known = storages[storage.key], (known.type, known.count) != (storage.type, storage.count) {
        throw MISTError(
          .pytorchInvalidStorage,
          "storage \(quoted(storage.key)) is referred to with different types or sizes")
      }
      storages[storage.key] = storage
    }
    return storages
  }
}
