import Foundation
import MISTFormats
import TestSupport
import Testing

/// Checkpoints that torch.save wrote against safetensors files of the same tensors, by `Fixtures/pytorch/make.py`.
struct PyTorchArchiveTests {
  static let files = [
    "dtypes.pth", "dtypes-legacy.pth", "protocol4.pth", "protocol4-legacy.pth", "protocol5.pth",
    "protocol5-legacy.pth", "views.pth", "views-legacy.pth", "training.pth", "training-legacy.pth",
    "averaged.pt", "nested.pt", "nested-legacy.pt", "repacked.pth", "no-checksums.pth",
  ]

  @Test(arguments: files)
  func everyTensorIsTheSame(file: String) throws {
    let archive = try openArchive(Fixture.path("pytorch/" + file))
    #expect(archive.format == "pytorch")
    #expect(archive.metadata["pytorch.layout"] == (file.contains("legacy") ? "legacy" : "zip"))
    let stem = try #require(file.split(separator: ".").first).replacing("-legacy", with: "")
    let expected = try SafetensorsArchive(path: Fixture.path("pytorch/\(stem).safetensors"))
    #expect(Set(archive.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
    for info in expected.tensors {
      #expect(archive.info(info.name) == info)
      let bytes = try expected.withBytes(of: info.name) { [UInt8]($0) }
      // Twice: what is released is read again.
      for _ in 0..<2 {
        #expect(try archive.withBytesOnce(of: info.name) { [UInt8]($0) } == bytes, "\(info.name)")
      }
    }
  }

  @Test func tensorsComeInTheStateDictsOrder() throws {
    let archive = try PyTorchArchive(path: Fixture.path("pytorch/training.pth"))
    #expect(
      archive.tensors.map(\.name) == [
        "module.0.weight", "module.0.bias", "module.1.weight", "module.1.bias", "module.1.running_mean",
        "module.1.running_var", "module.1.num_batches_tracked",
      ])
    #expect(archive.info("module.1.num_batches_tracked")?.dtype == .i64)
  }

  @Test func whatLiesBesideTheWeightsIsSaid() throws {
    let training = try PyTorchArchive(path: Fixture.path("pytorch/training.pth")).metadata
    #expect(training["pytorch.state_dict"] == "state_dict")
    #expect(training["pytorch.left_out"] == "optimizer, best_acc1")
    let nested = try PyTorchArchive(path: Fixture.path("pytorch/nested.pt")).metadata
    #expect(nested["pytorch.state_dict"] == "checkpoint.teacher.backbone")
    #expect(nested["pytorch.left_out"] == nil)
    let averaged = try PyTorchArchive(path: Fixture.path("pytorch/averaged.pt")).metadata
    #expect(averaged["pytorch.state_dict"] == nil)
  }

  /// Storages of a whole tensor are not copied: both readings see the same memory.
  @Test(arguments: ["views.pth", "views-legacy.pth"])
  func contiguousTensorsAreViews(file: String) throws {
    let archive = try PyTorchArchive(path: Fixture.path("pytorch/" + file))
    func address(_ name: String) throws -> UInt {
      try archive.withBytes(of: name) { UInt(bitPattern: $0.baseAddress) }
    }
    #expect(try address("base") == address("same"))
    #expect(try address("rows") == address("base") + 8 * 4)
    #expect(try address("one-value") == address("base") + 19 * 4)
  }

  @Test func anAbsentTensorIsSaidToBeAbsent() throws {
    let archive = try PyTorchArchive(path: Fixture.path("pytorch/views.pth"))
    #expect(archive.info("absent") == nil)
    archive.release("absent")
    let error = #expect(throws: MISTError.self) { try archive.withBytes(of: "absent") { _ in } }
    #expect(error?.code == .tensorNotFound)
  }

  /// The bytes of a large checkpoint, transposed views among them, do not stay resident.
  #if os(Linux)
    @Test func readingOnceLeavesNothingResident() throws {
      let archive = try PyTorchArchive(path: Fixture.path("pytorch/timm-vit/checkpoint.pth"))
      for tensor in archive.tensors { _ = try archive.withBytesOnce(of: tensor.name) { $0.reduce(0, ^) } }
      #expect(try Residency.bytes(of: archive.path) < 1 << 17)
    }
  #endif

  /// Nothing that a hostile pickle names has run by the time it is refused, or after.
  @Test func hostilePicklesRunNothing() throws {
    let folder = FileManager.default.currentDirectoryPath
    let names = [
      "os-system", "posix-system", "eval", "python-2-exec", "subprocess-by-stack", "system-through-torch",
      "forbidden-in-optimizer", "plain-pickle-system", "legacy-system",
    ]
    for name in names {
      let error = #expect(throws: MISTError.self) {
        _ = try openArchive(Fixture.path("malformed/pytorch/\(name).pth"))
      }
      #expect(error?.code == .pickleForbiddenGlobal, "\(name)")
      #expect(error?.description.contains("nothing was run") == true)
    }
    #expect(!FileManager.default.fileExists(atPath: folder + "/mist-was-run"))
  }

  /// A name that no list knows is not called either: it is a placeholder, and what it would make is no tensor.
  @Test func unknownNamesAreInert() throws {
    let pickle = try MappedFile.contents(of: Fixture.path("malformed/pytorch/os-system.pth"))
    // The same file naming a module that nobody has heard of, of the same length so that the archive stays valid.
    var bytes = pickle
    var count = 0
    for place in 0..<bytes.count - 10 where bytes[place..<place + 10].elementsEqual("cos\nsystem".utf8) {
      bytes.replaceSubrange(place..<place + 10, with: "cxx\nsystem".utf8)
      count += 1
    }
    #expect(count == 1)
    let error = try withFile(bytes, named: "unknown.pth") { path in
      #expect(throws: MISTError.self) { _ = try openArchive(path) }
    }
    // The checksum sees the change first: with it taken out, there are no tensors.
    #expect(error?.code == .zipChecksum)
    let reason = try withFile(Self.withoutChecksums(bytes), named: "unknown.pth") { path in
      #expect(throws: MISTError.self) { _ = try openArchive(path) }
    }
    #expect(reason?.code == .pytorchNoTensors)
  }

  /// Sets the checksums of every header of a zip archive to 0, which says that there are none.
  private static func withoutChecksums(_ archive: [UInt8]) -> [UInt8] {
    var bytes = archive
    for place in 0..<bytes.count - 30 {
      if bytes[place..<place + 4].elementsEqual("PK\u{3}\u{4}".utf8) {
        bytes.replaceSubrange(place + 14..<place + 18, with: [0, 0, 0, 0])
      } else if bytes[place..<place + 4].elementsEqual("PK\u{1}\u{2}".utf8) {
        bytes.replaceSubrange(place + 16..<place + 20, with: [0, 0, 0, 0])
      }
    }
    return bytes
  }
}
