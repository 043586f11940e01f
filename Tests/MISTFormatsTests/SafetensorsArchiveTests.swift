import MISTFormats
import TestSupport
import Testing

/// Files written by Python's safetensors.
struct SafetensorsArchiveTests {
  @Test func everyDTypeReads() throws {
    let archive = try SafetensorsArchive(path: Fixture.path("safetensors/dtypes.safetensors"))
    #expect(archive.tensors.count == DType.allCases.count + 3)
    for dtype in DType.allCases {
      let info = try #require(archive.info(dtype.rawValue))
      #expect(info == TensorInfo(name: dtype.rawValue, dtype: dtype, shape: [2, 3]))
      let values = try archive.withBytes(of: info.name) { try numbers($0, dtype) }
      #expect(values == [0, 1, 0, 1, 1, 0], "\(dtype)")
    }
  }

  @Test func scalarsEmptyTensorsAndOddNamesRead() throws {
    let archive = try SafetensorsArchive(path: Fixture.path("safetensors/dtypes.safetensors"))
    #expect(archive.info("scalar")?.shape == [])
    #expect(try archive.withBytes(of: "scalar") { try numbers($0, .f32) } == [-2.5])
    #expect(archive.info("empty")?.shape == [0, 3])
    #expect(try archive.withBytes(of: "empty") { $0.count } == 0)
    #expect(try archive.withBytes(of: "größe \"quoted\"\n") { try numbers($0, .f32) } == [1, -1])
  }

  @Test func metadataReadsWithEscapes() throws {
    let archive = try SafetensorsArchive(path: Fixture.path("safetensors/dtypes.safetensors"))
    #expect(archive.metadata == ["format": "pt", "note": "line\nbreak \u{2603} \u{1f600}"])
  }

  @Test func aFileWithoutTensorsReads() throws {
    let archive = try SafetensorsArchive(path: Fixture.path("safetensors/no-tensors.safetensors"))
    #expect(archive.tensors.isEmpty && archive.metadata.isEmpty)
  }

  @Test func aMissingTensorIsNamed() throws {
    let archive = try SafetensorsArchive(path: Fixture.path("safetensors/dtypes.safetensors"))
    let error = #expect(throws: MISTError.self) { try archive.withBytes(of: "absent") { _ in } }
    #expect(error?.code == .tensorNotFound)
    #expect(error?.description.contains("absent") == true)
  }

  @Test func tensorsComeInTheOrderOfTheirBytes() throws {
    let header =
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"z":{"dtype":"U8","shape":[0],"data_offsets":[2,2]},"#
      + #""a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}  "#
    try withFile(safetensors(header, [1, 2, 3])) { path in
      let archive = try SafetensorsArchive(path: path)
      #expect(archive.tensors.map(\.name) == ["a", "z", "b"])
      #expect(try archive.withBytes(of: "b") { Array($0) } == [3])
      #expect(try archive.withBytes(of: "a") { Array($0) } == [1, 2])
    }
  }

  @Test func escapesInNamesAreResolved() throws {
    let header = #"{ "\u00e9\ud83d\ude00\n\/" : {"shape":[],"dtype":"U8","data_offsets":[0,1]} }"#
    let archive = try withFile(safetensors(header, [7])) { try SafetensorsArchive(path: $0) }
    #expect(archive.tensors.map(\.name) == ["é😀\n/"])
  }

  @Test func aFolderIsRefusedWithAdvice() throws {
    try Fixture.withTemporaryFolder { folder in
      let error = #expect(throws: MISTError.self) { _ = try openArchive(folder) }
      #expect(error?.code == .safetensorsFolder)
      #expect(error?.code.exit == .noInput)
    }
  }

  @Test func messagesNameTheTensorAndTheByte() throws {
    let unknown = #expect(throws: MISTError.self) {
      _ = try SafetensorsArchive(path: Fixture.path("malformed/safetensors/unknown-dtype.safetensors"))
    }
    #expect(unknown?.place == "tensor 'a'")
    #expect(unknown?.problem.contains("'F4'") == true && unknown?.problem.contains("BF16") == true)
    let invalid = #expect(throws: MISTError.self) {
      _ = try SafetensorsArchive(path: Fixture.path("malformed/safetensors/leading-zero.safetensors"))
    }
    #expect(invalid?.place == "byte 37")
  }
}
