import Foundation
import TestSupport
import Testing

/// `mist extract --checksums`, and who reads such shards.
@Suite struct ChecksumTests {
  @Test(arguments: ["int8", "f16"]) func aSampleThatWasDamagedIsNamed(_ dtype: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, store, head) = (folder + "/m.safetensors", folder + "/store", folder + "/head.safetensors")
      try DrawnImages.write(to: folder + "/images", counts: [("train", 6), ("val", 3), ("test", 2)])
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      let extract = [
        "extract", model, folder + "/images", "-o", store, "--gather", "2", "--dtype", dtype, "--checksums",
      ]
      try mist(extract)
      // The same work again is nothing to do, and without checksums it is other work.
      try mist(extract)
      let other = try Tool.run(extract.dropLast(), tool: "mist")
      #expect(
        other.status != 0 && other.errors.contains("storing of checksums is true, not false"),
        "\(other.errors)")
      #expect(try mist("inspect", store).output.contains("checksums      of every sample"))
      try mist(
        "train", store, "-o", head, "--method", "linear", "--k", "2", "--recipe", "plain", "--epochs", "1")
      try mist("export", head, "-o", folder + "/head.mistedge", "--dtype", dtype, "--features", store)

      let shard = store + "/test-00000-of-00001.safetensors"
      let run = ["run", folder + "/head.mistedge", shard]
      let whole = try Tool.run(run, tool: "mist-edge")
      #expect(whole.status == 0, "\(whole.errors)")
      // A number among the last sample's features, which still is one: no other rule is broken by it.
      var bytes = try Data(contentsOf: URL(fileURLWithPath: shard))
      bytes[bytes.count - 4] ^= 1
      try bytes.write(to: URL(fileURLWithPath: shard))
      let damaged = try Tool.run(run, tool: "mist-edge")
      #expect(damaged.status == 65)
      #expect(damaged.errors.contains("edge-features.checksum"), "\(damaged.errors)")
      #expect(
        damaged.errors.contains("sample \(whole.output.split(separator: "\n").count - 2)"),
        "\(damaged.errors)")
    }
  }
}
