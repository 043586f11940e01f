import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// The user's own names for tensors, before anything is recognised.
@Suite struct RenameTests {
  private func options(_ rules: String...) throws -> ConversionOptions {
    var options = bareOptions()
    options.renames = try rules.map { try RenameRule($0) }
    return options
  }

  /// A timm model under names of nobody's.
  private func strange() throws -> EditedArchive {
    try ViTFixture.named("timm-vit").archive().renamingAll {
      "tower/" + $0.replacing("blocks.", with: "layer").replacing("attn.qkv", with: "qkv")
    }
  }

  @Test func rulesAreAppliedInOrderAndRecorded() throws {
    let archive = try strange()
    #expect(planError(archive)?.code == .convertUnknownConvention)
    let rules = ["tower/(.*)=$1", "layer(\\d+)\\.(.*)=blocks.$1.$2", "(.*)\\.qkv\\.(\\w+)=$1.attn.qkv.$2"]
    let options = try options(rules[0], rules[1], rules[2])
    let conversion = try Conversion(ModelSource(archive: archive), options: options)
    #expect(conversion.plan.renames.map(\.rule) == rules)
    #expect(conversion.plan.renames.map(\.names.count) == [archive.tensors.count, 36, 6])
    let last = try #require(conversion.plan.renames.last?.names.first)
    #expect(last.from.hasSuffix(".qkv.bias") && last.to.hasSuffix(".attn.qkv.bias"))
    let hash = try convert(ModelSource(archive: archive), options) {
      #expect($0.provenance.renames == rules)
      return try $0.modelHash()
    }
    let own = try convert(ModelSource(archive: ViTFixture.named("timm-vit").archive()), bareOptions()) {
      #expect($0.provenance.renames == nil)
      return try $0.modelHash()
    }
    #expect(hash == own)
  }

  @Test func patternsMatchWholeNames() throws {
    let rule = try RenameRule("norm=last")
    #expect(try rule.apply(to: ["norm", "norm.bias", "my.norm"]) == ["last", nil, nil])
    // The last '=' divides; a group that took no part is empty; $$ is a sign.
    #expect(try RenameRule("(?=a)(a)|(b)=$1$2$$").apply(to: ["a", "b", "c"]) == ["a$", "b$", nil])
  }

  @Test func aRuleAboutNothingIsRefused() throws {
    let error = planError(try strange(), try options("tower/(.*)=$1", "tower\\.(.*)=$1"))
    #expect(error?.code == .convertRenameUnmatched)
    #expect(error?.place == "--rename 'tower\\.(.*)=$1'")
    #expect(error?.problem == "it matched no tensor")
  }

  @Test func collisionsAreRefused() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    let error = planError(archive, try options("norm\\.(weight|bias)=norm.weight"))
    #expect(error?.code == .convertDuplicateName)
    #expect(error?.problem == "'norm.bias' and 'norm.weight' are both 'norm.weight' after it")
    // With a name that no rule is about, too.
    #expect(planError(archive, try options("head.bias=norm.bias"))?.code == .convertDuplicateName)
    #expect(planError(archive, try options("head.bias="))?.code == .usage)
  }

  @Test(
    arguments: [
      ("no-sign", "expected PATTERN=REPLACEMENT"), ("=a", "expected PATTERN=REPLACEMENT"),
      ("a(b=c", "no regular expression"), ("[=c", "no regular expression"), ("a=$", "followed by no digit"),
      ("(a)=\\1", "not \\1"), ("(a+)+b=c", "for ever"), ("(a|ab)*=c", "for ever"),
      ("((a?)b){9}=c", "for ever"),
      (".*.*.*.*.*.*=c", "more than 5"),
    ])
  func badRulesAreUsageErrors(_ rule: String, _ words: String) {
    let error = #expect(throws: MISTError.self) { try RenameRule(rule) }
    #expect(error?.code == .usage && error?.description.contains(words) == true, "\(rule)")
  }

  @Test func ordinaryRepetitionIsNot() throws {
    for rule in ["(.*)\\.(\\d+)\\.([a-z+*]+)=$1", "(?:model\\.)?(.*)=$1", "a{2}(\\+)+=b", "[(]+([^)]*)=c"] {
      #expect(throws: Never.self, "\(rule)") { try RenameRule(rule) }
    }
    let long = String(repeating: "a", count: 501)
    #expect(throws: MISTError.self) { try RenameRule(long + "=b") }
  }

  @Test func groupsMustExist() throws {
    let error = planError(try strange(), try options("tower/(.*)=$2"))
    #expect(error?.code == .usage && error?.problem.contains("group $2") == true)
  }

  @Test func filesWhoseNamesAreNotTheirProjectsAreRefused() throws {
    let rule = try options("a=b")
    let graph = Fixture.path("vit/timm-vit/model.onnx")
    let error = #expect(throws: MISTError.self) { try Conversion(ModelSource(path: graph), options: rule) }
    #expect(error?.code == .usage && error?.problem.contains("ONNX") == true)
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      try Conversion(ModelSource(path: ViTFixture.named("timm-vit").path)).run(to: path)
      let error = #expect(throws: MISTError.self) { try Conversion(ModelSource(path: path), options: rule) }
      #expect(error?.code == .usage && error?.problem.contains("converted model") == true)
    }
  }
}
