/// The layout of `torch.save` since PyTorch 1.6: a zip archive of a pickle and one member per storage, all in one folder.
struct PyTorchZipLayout {
  let zip: ZipArchive
  /// The folder's name with its slash.
  private let folder: String
  private let pickle: ZipMember

  /// Whether `zip` has the pickle that makes it a PyTorch file.
  static func claims(_ zip: ZipArchive) -> Bool { !pickles(zip).isEmpty }

  private static func pickles(_ zip: ZipArchive) -> [ZipMember] {
    zip.members.filter { $0.name.hasSuffix("/data.pkl") && !$0.name.dropLast(9).contains("/") }
  }

  /// Throws the `pytorch.` errors about the archive's members.
  init(_ zip: ZipArchive) throws {
    let found = Self.pickles(zip)
    guard found.count == 1, let pickle = found.first else {
      throw MISTError(
        .pytorchNotACheckpoint,
        found.isEmpty
          ? "the zip archive has no FOLDER/data.pkl, as a PyTorch checkpoint must"
          : "the zip archive has \(found.count) pickles called data.pkl, a PyTorch checkpoint has one")
    }
    self.zip = zip
    self.pickle = pickle
    let folder = String(pickle.name.dropLast("data.pkl".count))
    self.folder = folder
    guard !zip.members.contains(where: { $0.name.hasPrefix(folder + "code/") }),
      zip.member(folder + "constants.pkl") == nil
    else {
      throw MISTError(
        .pytorchTorchScript, "this is a TorchScript program, not a checkpoint",
        advice: "save its state dict: torch.save(torch.jit.load(path).state_dict(), other)")
    }
    guard let order = zip.member(folder + "byteorder") else { return }
    // Long enough for either word; the member's size is the file's to choose.
    var word = [UInt8](repeating: 0, count: min(order.size, 16))
    try word.withUnsafeMutableBytes { try zip.read(order, from: 0, into: $0) }
    switch String(decoding: word, as: UTF8.self) {
    case "little": break
    case "big":
      throw MISTError(
        .pytorchBigEndian, at: "member \(quoted(order.name))", "the tensors have the other byte order",
        advice: "load the checkpoint with PyTorch and save it again on a little-endian machine")
    default:
      throw MISTError(
        .pytorchInvalidByteOrder, at: "member \(quoted(order.name))", "'little' or 'big' is expected")
    }
  }

  /// Reads the pickle. Gives its value and the objects it consists of.
  func unpickle() throws -> (PickleValue, [PickleObject]) {
    defer { zip.release(pickle) }
    return try zip.withBytes(of: pickle) { bytes in
      var machine = PickleMachine(PickleReader(bytes, at: 0, title: "\(pickle.name), "))
      let value = try machine.run()
      return (value, machine.objects)
    }
  }

  /// The member that holds `storage`, whose size has been checked. `place` is whose storage it is.
  func member(of storage: PyTorchStorage, _ place: String) throws -> ZipMember {
    let name = folder + "data/" + storage.key
    guard let member = zip.member(name) else {
      throw MISTError(
        .pytorchMissingStorage, at: place, "its storage \(quoted(name)) is not in the archive",
        advice: "the file is incomplete, download it again")
    }
    guard member.size == storage.byteCount else {
      throw MISTError(
        .pytorchStorageSize, at: place,
        "its storage should have \(storage.byteCount) bytes, but \(quoted(name)) has \(member.size)")
    }
    return member
  }
}
