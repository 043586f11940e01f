import Foundation
import MISTFormats
import TestSupport
import Testing

struct OpenArchiveTests {
  @Test(arguments: [
    ("safetensors/dtypes.safetensors", "safetensors"), ("onnx/graph.onnx", "onnx"), ("npz/arrays.npz", "npz"),
  ])
  func contentTellsTheFormat(file: String, format: String) throws {
    try withFile(try MappedFile.contents(of: Fixture.path(file)), named: "weights.dat") { path in
      let archive = try openArchive(path)
      #expect(archive.format == format)
      #expect(archive.path == path)
      #expect(!archive.tensors.isEmpty)
    }
  }

  static let foreign: [(start: [UInt8], word: String)] = [
    (
      Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 22) + [16, 0, 0, 0]
        + Array("archive/data.pkl".utf8), "PyTorch"
    ),
    ([0x80, 2, 0x8a, 10], "pickle"), ([0x89] + Array("HDF\r\n\u{1a}\n".utf8), "HDF5"),
    (Array("GGUF".utf8) + [3, 0, 0, 0], "GGUF"), ([0x93] + Array("NUMPY".utf8) + [1, 0], "NumPy"),
    (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "Git LFS"),
    (Array("<!DOCTYPE html>".utf8), "web page"), ([1, 2, 3], "1 2 3"), ([], "empty"),
  ]

  @Test(arguments: foreign)
  func otherFormatsAreNamed(start: [UInt8], word: String) throws {
    let error = try withFile(start, named: "model.bin") { path in
      #expect(throws: MISTError.self) { _ = try openArchive(path) }
    }
    #expect(error?.code == .archiveUnknownFormat)
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
  }

  @Test func aMissingFileIsSaidToBeMissing() {
    let error = #expect(throws: MISTError.self) { _ = try openArchive("/absent/model.safetensors") }
    #expect(error?.code == .fileNotFound)
  }
}
