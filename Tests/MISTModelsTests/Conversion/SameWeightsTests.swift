import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// The same weights in the files of different libraries give tensor-identical canonical models.
struct SameWeightsTests {
  @Test("JAX's arrays give timm's model", arguments: ["stored.npz", "compressed.npz", "target.npz"])
  func arrays(_ name: String) throws {
    let fixture = try ViTFixture.named("timm-vit")
    let source = try ModelSource(path: fixture.path + "/jax/" + name)
    let plan = try Conversion(source).plan
    #expect(plan.convention == "jax")
    #expect(plan.prefix == (name == "target.npz" ? "opt/target/" : ""))
    #expect(plan.ignored.isEmpty)
    #expect(try tensors(source) == tensors(ModelSource(path: fixture.path)))
  }

  @Test(
    "A folder of shards, or its index, gives the whole file's model",
    arguments: ["", ShardedArchiveName.index])
  func shards(_ name: String) throws {
    let fixture = try ViTFixture.named("hf-vit")
    let source = try ModelSource(path: fixture.path + "/sharded" + name)
    #expect(source.archive is ShardedArchive)
    #expect(try tensors(source) == tensors(ModelSource(path: fixture.path)))
  }

  @Test func anArrayFileIsWrittenForJAX() throws {
    let fixture = try ViTFixture.named("timm-vit")
    try convert(ModelSource(path: fixture.path)) { canonical in
      try Fixture.withTemporaryFolder { folder in
        let path = folder + "/model.npz"
        try Conversion.export(canonical, to: .jax, path: path)
        let (written, given) = (
          try NPZArchive(path: path), try NPZArchive(path: fixture.path + "/jax/stored.npz")
        )
        #expect(Set(given.tensors.map(\.name)) == Set(written.tensors.map(\.name)))
        for info in written.tensors {
          #expect(given.info(info.name) == info)
          let bytes = try written.withBytes(of: info.name) { [UInt8]($0) }
          #expect(try bytes == given.withBytes(of: info.name) { [UInt8]($0) }, "\(info.name)")
        }
      }
    }
  }

  private func tensors(_ source: ModelSource) throws -> [String: [UInt8]] {
    try convert(source) { model in
      try Dictionary(
        uniqueKeysWithValues: model.archive.tensors.map { info in
          (info.name, try model.archive.withBytes(of: info.name) { [UInt8]($0) })
        })
    }
  }
}

enum ShardedArchiveName {
  static let index = "/model.safetensors.index.json"
}
