import Foundation
import TestSupport
import Testing

@Suite struct CostTests {
  @Test func theTableOfThePaperIsPrinted() throws {
    let text = try mist("cost").output
    for row in [
      "mist, 4 blocks    0.577 [0.577]", "[2.38]", "full fine-tuning", "1) the paper's digits follow",
    ] {
      #expect(text.contains(row), "\(text)")
    }
    let json =
      try JSONSerialization.jsonObject(with: Data(mist("cost", "--json").output.utf8)) as? [String: Any]
    let rows = try #require(json?["rows"] as? [[String: Any]])
    #expect(rows.count == 10 && (json?["inseparable"] as? [Any])?.count == 7)
    let mist = try #require(rows.first { $0["method"] as? String == "mist, 4 blocks" })
    #expect(mist["transferBytes"] as? Int == 197 * 768 * 2)
  }

  @Test func aModelAndAStoreHaveTheirOwn() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, store) = (folder + "/model.safetensors", folder + "/features")
      try DrawnImages.write(to: folder + "/images", counts: [("train", 2)])
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      try mist("extract", model, folder + "/images", "-o", store, "--dtype", "int8")
      let (of, stored) = try (mist("cost", model).output, mist("cost", store).output)
      #expect(!of.contains("arXiv") && of.contains("as f16") && of.contains("100 classes"))
      #expect(stored.contains("as int8") && stored.contains("3 classes"))
      let segformer = folder + "/segformer.safetensors"
      try mist("convert", Fixture.path("segformer/hf-segformer-encoder"), "-o", segformer)
      let refused = try Tool.run(["cost", segformer])
      #expect(refused.status == 65 && refused.errors.contains("error[cost.no-tokens]"), "\(refused.errors)")
    }
  }
}
