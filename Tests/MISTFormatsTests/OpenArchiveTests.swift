import Foundation
import MISTFormats
import TestSupport
import Testing

struct OpenArchiveTests {
  @Test(arguments: [
    ("safetensors/dtypes.safetensors", "safetensors"), ("onnx/graph.onnx", "onnx"), ("npz/arrays.npz", "npz"),
    ("pytorch/dtypes.pth", "pytorch"), ("pytorch/dtypes-legacy.pth", "pytorch"),
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
    ([0x89] + Array("HDF\r\n\u{1a}\n".utf8), "HDF5"),
    (Array("GGUF".utf8) + [3, 0, 0, 0], "GGUF"), ([0x93] + Array("NUMPY".utf8) + [1, 0], "NumPy"),
    (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "Git LFS"),
    (Array("<!DOCTYPE html>".utf8), "web page"),
    ([UInt8](repeating: 0x61, count: 257) + Array("ustar\u{0}00".utf8), "tar archive"), ([1, 2, 3], "1 2 3"),
    ([], "empty"),
  ]

  @Test(arguments: foreign)
  func otherFormatsAreNamed(start: [UInt8], word: String) throws {
    let error = try withFile(start, named: "model.bin") { path in
      #expect(throws: MISTError.self) { _ = try openArchive(path) }
    }
    #expect(error?.code == .archiveUnknownFormat)
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: ["plain.zip", "wide.zip", "streamed.zip"])
  func otherZipArchivesAreNamed(file: String) throws {
    let error = #expect(throws: MISTError.self) { _ = try openArchive(Fixture.path("zip/" + file)) }
    #expect(error?.code == .archiveUnknownFormat)
    #expect(error?.description.contains("zip archive") == true)
  }

  @Test func aMissingFileIsSaidToBeMissing() {
    let error = #expect(throws: MISTError.self) { _ = try openArchive("/absent/model.safetensors") }
    #expect(error?.code == .fileNotFound)
  }
}
