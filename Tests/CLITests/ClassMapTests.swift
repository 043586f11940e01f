import Foundation
import TestSupport
import Testing

/// `mist-edge run` of a segmentation bundle: the files it writes and the scores it prints.
@Suite struct ClassMapTests {
  private static let bundle = Fixture.path("edge-bundle/maps-f32.mistedge")

  @Test func aGreymapPerSampleHasTheImagesSizeAndTheScoredClasses() throws {
    try Fixture.withTemporaryFolder { folder in
      let shard = Fixture.path("edge-features/maps-int8.safetensors")
      let maps = folder + "/maps"
      let result = try Tool.run(
        ["run", Self.bundle, shard, "--maps", maps, "--json", "--top", "1"], tool: "mist-edge")
      #expect(result.status == 0, "\(result.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: maps).sorted()
      #expect(files == (0..<3).map { "maps-int8-0000\($0).pgm" })
      // The masks of Fixtures/edge-features/make.py.
      var (correct, counted) = (0, 0)
      for (sample, file) in files.enumerated() {
        let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: maps + "/" + file)))
        let header = Array("P5\n32 24\n255\n".utf8)
        #expect(Array(data.prefix(header.count)) == header)
        let pixels = Array(data.dropFirst(header.count))
        #expect(pixels.count == 24 * 32)
        for (i, pixel) in pixels.enumerated() {
          let truth = (i / 32 / 5 + i % 32 / 7 + sample) % 4
          if truth == 3 { continue }
          counted += 1
          if Int(pixel) == truth { correct += 1 }
        }
      }
      let last = try #require(result.output.split(separator: "\n").last)
      let scores = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
      #expect(scores?["pixels"] as? Int == counted)
      let accuracy = try #require(scores?["pixel_accuracy"] as? Double)
      #expect(abs(accuracy - Double(correct) / Double(counted)) < 1e-6)
    }
  }

  @Test func rawMapsOnTheGridAreItsPositionsAlone() throws {
    try Fixture.withTemporaryFolder { folder in
      let shard = Fixture.path("edge-features/maps-f32.safetensors")
      let arguments = ["run", Self.bundle, shard, "-o", folder, "--raw", "--grid"]
      #expect(try Tool.run(arguments, tool: "mist-edge").status == 0)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(files == (0..<3).map { "maps-f32-0000\($0).raw" })
      for file in files {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + file))
        #expect(data.count == 6 * 8)
        #expect(data.allSatisfy { $0 < 3 })
      }
    }
  }

  @Test func aMapNeverTakesAnInputsPlace() throws {
    try Fixture.withTemporaryFolder { folder in
      // The first sample's map is called as the shard itself.
      let shard = folder + "/s.safetensors"
      try FileManager.default.copyItem(
        atPath: Fixture.path("edge-features/maps-f32.safetensors"), toPath: shard)
      for name in ["s-00000.pgm", "s-00000.pgm.tmp"] {
        let input = folder + "/" + name
        link(shard, input)
        defer { unlink(input) }
        let result = try Tool.run(["run", Self.bundle, shard, input, "-o", folder], tool: "mist-edge")
        #expect(result.status == 64, "\(result.errors)")
        #expect(result.errors.contains(input) || result.errors.contains(shard))
        #expect(try Data(contentsOf: URL(fileURLWithPath: input)).count > 1000)
      }
    }
  }

  @Test func aFolderThatCannotBeWrittenIsNamed() throws {
    let shard = Fixture.path("edge-features/maps-f32.safetensors")
    let result = try Tool.run(["run", Self.bundle, shard, "-o", "/proc/none"], tool: "mist-edge")
    #expect(result.status == 74)
    #expect(result.errors.contains("error[file.write-failed]: /proc/none"))
  }
}
