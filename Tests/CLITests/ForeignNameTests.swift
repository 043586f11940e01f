import Foundation
import TestSupport
import Testing

/// Names that no convention has, and files of several networks, as a user meets them.
@Suite struct ForeignNameTests {
  private let model = Fixture.path("vit-sources/deit3/model.safetensors")

  @Test func renamesAreInThePlanAndInTheFile() throws {
    try Fixture.withTemporaryFolder { folder in
      let rules = ["(blocks\\..*)\\.gamma_(\\d)=$1.ls$2.gamma"]
      let output = folder + "/model.safetensors"
      let said = ["--heads", "3", "--image-size", "32", "--rename", rules[0]]
      let arguments = ["convert", model] + said
      let text = try Tool.run(arguments + ["--dry-run"])
      #expect(
        text.status == 0 && text.output.contains("timm VisionTransformer, 36 of 36 names"), "\(text.errors)")
      #expect(
        text.output.contains("renamed by '\(rules[0])':\n  blocks.0.gamma_1  is now  blocks.0.ls1.gamma"))
      let result = try Tool.run(arguments + ["-o", output, "--json"])
      let plan = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let renamed = try #require(plan["renamed"] as? [[String: Any]])
      #expect(renamed.map { $0["rule"] as? String } == rules)
      #expect((renamed.first?["names"] as? [[String: String]])?.count == 4)
      let inspected = try Tool.run(["inspect", output, "--json"])
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(inspected.output.utf8)) as? [String: Any])
      let provenance = (report["metadata"] as? [String: String])?["mist.provenance"]
      #expect(provenance?.contains("\"renames\":[\"(blocks") == true)
      // The same weights as without the rule; the rule is about the first file alone.
      #expect(try Tool.run(["inspect", model, "--diff", output] + said).status == 0)
    }
  }

  @Test(
    arguments: [
      ("a(b=c", Int32(64), "error[usage]: --rename 'a(b=c': 'a(b' is no regular expression"),
      ("(a*)*=c", 64, "error[usage]: --rename '(a*)*=c': a repeated group repeats"),
      ("a", 64, "error[usage]: --rename: expected PATTERN=REPLACEMENT, found 'a'"),
      (
        "gamma_1=ls1", 65, "--rename 'gamma_1=ls1': it matched no tensor; the pattern must match a whole name"
      ),
      (".*gamma_(.)=x", 65, "error[convert.duplicate-name]"),
    ])
  func badRules(_ rule: String, _ status: Int32, _ words: String) throws {
    let result = try Tool.run(["convert", model, "--heads", "3", "--dry-run", "--rename", rule])
    #expect(result.status == status && result.errors.contains(words), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func aFileOfSeveralNetworksSaysItsPrefixes() throws {
    let file = Fixture.path("vit-sources/two-networks/moco.pth")
    let error = try Tool.run(["convert", file, "--heads", "3", "--dry-run"])
    #expect(error.status == 65)
    #expect(error.errors.contains("choose one with --prefix, such as --prefix 'module.base_encoder.'"))
    let plan = try Tool.run([
      "convert", file, "--heads", "3", "--dry-run", "--prefix", "module.momentum_encoder.",
    ])
    #expect(plan.status == 0 && plan.output.contains("by outside --prefix module.momentum_encoder."))
  }

  @Test(arguments: ["torchvision", "torchvision-released", "deit3", "mae", "smp-segformer"])
  func conventionsAreListed(_ name: String) throws {
    let result = try Tool.run(["convert", model, "--dry-run", "--convention", "no-such"])
    #expect(result.status == 64 && result.errors.contains(" \(name),") == true, "\(result.errors)")
  }
}
