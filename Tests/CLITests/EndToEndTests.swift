import Foundation
import TestSupport
import Testing

/// The whole path through the tools, on a small real architecture: what a user does, with the outcome checked at every step.
@Suite struct EndToEndTests {
  private func accuracy(_ head: String, _ store: String) throws -> Double {
    let output = try mist("eval", head, store, "--json").output
    let json = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    return try #require(json?["accuracy"] as? Double)
  }

  @Test func aCheckpointBecomesABundleThatPredictsAsEvalDoes() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, store) = (folder + "/model.safetensors", folder + "/features")
      try DrawnImages.write(to: folder + "/images", counts: [("train", 24), ("val", 8), ("test", 12)])
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      try mist("verify", model, "--golden", Fixture.path("vit/hf-vit/golden.safetensors"))
      try mist(
        "extract", model, folder + "/images", "-o", store, "--gather", "1,2,3", "--shard-size", "20",
        "--store",
        "layer-tokens")

      let (linear, lae) = (folder + "/linear.safetensors", folder + "/lae.safetensors")
      let attentive = folder + "/attentive.safetensors"
      let told = try mist("train", store, "-o", linear, "--method", "linear", "--epochs", "40").output
      #expect(told.contains("72 training and 24 validation samples, 3 classes, ["))
      #expect(told.contains("] f16\n"))
      try mist(
        "train", store, "-o", lae, "--method", "lae", "--rank", "4", "--depth", "2", "--k", "2", "--epochs",
        "30")
      try mist(
        "train", store, "-o", attentive, "--method", "linear", "--pool", "attentive", "--queries", "4", "--k",
        "2", "--epochs", "30")
      let layers = folder + "/layers.safetensors"
      try mist("train", store, "-o", layers, "--method", "linear", "--k", "layers", "--epochs", "30")
      let (mlp, dwconv) = (folder + "/mlp.safetensors", folder + "/dwconv.safetensors")
      for (path, block) in [(mlp, "mlp"), (dwconv, "dwconv")] {
        try mist(
          "train", store, "-o", path, "--method", "mist", "--block", block, "--pool", "mean", "--depth", "2",
          "--k", "2",
          "--epochs", "30")
      }
      for (options, problem) in [
        (["--block", "dwconv"], "--pool mean"),
        (["--block", "dwconv", "--pool", "mean", "--rank", "4"], "--rank"),
        (["--block", "mlp", "--method", "linear"], "--block"), (["--block", "conv"], "--block"),
      ] {
        let refused = try Tool.run(["train", store, "-o", folder + "/none"] + options)
        #expect(refused.status == 64 && refused.errors.contains(problem), "\(refused.errors)")
      }
      // A third of the images is right by chance.
      #expect(try accuracy(linear, store) > 0.6)
      #expect(try accuracy(lae, store) > 0.6)
      #expect(try accuracy(attentive, store) > 0.6)
      #expect(try accuracy(layers, store) > 0.6)

      for (option, value) in [("--head", "mlp"), ("--power", "0.9"), ("--method", "mlp")] {
        let refused = try Tool.run(["train", store, "-o", folder + "/none", option, value])
        #expect(refused.status == 64)
        #expect(refused.errors.contains("is an option of segmentation"), "\(refused.errors)")
      }

      for options in [["--queries", "4"], ["--pool", "mean", "--queries", "4"]] {
        let refused = try Tool.run(["train", store, "-o", folder + "/none"] + options)
        #expect(refused.status == 64 && refused.errors.contains("--queries"), "\(refused.errors)")
      }

      for head in [linear, lae, attentive, layers, mlp, dwconv] {
        let (bundle, predictions) = (folder + "/head.mistedge", folder + "/predictions.tsv")
        try mist("export", head, "-o", bundle, "--features", store)
        try mist("eval", head, store, "--predictions", predictions)
        let expected = try String(contentsOfFile: predictions, encoding: .utf8).split(separator: "\n")
          .dropFirst()
          .compactMap { $0.split(separator: "\t").last }
        #expect(expected.count == 36)
        let shards = try FileManager.default.contentsOfDirectory(atPath: store).filter {
          $0.hasPrefix("test-")
        }.sorted()
        let run = try Tool.run(
          ["run", bundle] + shards.map { store + "/" + $0 } + ["--labels"], tool: "mist-edge")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.split(separator: "\n").map(String.init) == expected.map(String.init))
        #expect(try Tool.run(["selftest", bundle], tool: "mist-edge").status == 0)
      }
    }
  }

  /// A classifier survives the conversion to canonical, and from there to another project and back, and gives its library's scores.
  @Test(
    "Classifiers give the scores of their library",
    arguments: [
      ("vit/timm-vit", "hf"), ("vit/timm-prenorm", "timm"), ("vit/timm-swiglu", "timm"),
      ("vit/hf-vit-classifier", "timm"), ("vit/hf-dinov2-classifier", "hf"),
      ("segformer/hf-segformer-classifier", "nvlabs"),
    ])
  func classifiers(fixture: String, project: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let ending = ["hf", "timm"].contains(project) ? "" : ".safetensors"
      let (model, there, back) = (
        folder + "/a.safetensors", folder + "/there" + ending, folder + "/b.safetensors"
      )
      try mist("convert", Fixture.path(fixture), "-o", model)
      try mist("convert", model, "--to", project, "-o", there)
      try mist("convert", there, "-o", back)
      for path in [model, back] {
        let golden = Fixture.path(fixture + "/golden-logits.safetensors")
        let output = try mist("verify", path, "--golden", golden).output
        #expect(output.contains("logits") && output.contains("1 tensors of"))
      }
    }
  }

  @Test func theRuntimeRefusesFeaturesOfAnotherModel() throws {
    try Fixture.withTemporaryFolder { folder in
      try DrawnImages.write(to: folder + "/images", counts: [("train", 4), ("test", 2)])
      for (name, dtype) in [("a", "f32"), ("b", "f16")] {
        try mist(
          "convert", Fixture.path("vit/hf-vit"), "-o", "\(folder)/\(name).safetensors", "--dtype", dtype)
        try mist("extract", "\(folder)/\(name).safetensors", folder + "/images", "-o", "\(folder)/\(name)")
      }
      let (head, bundle) = (folder + "/head.safetensors", folder + "/head.mistedge")
      try mist("train", folder + "/a", "-o", head, "--method", "linear", "--epochs", "2")
      try mist("export", head, "-o", bundle)
      let size = try Data(contentsOf: URL(fileURLWithPath: bundle)).count
      let array = try mist("export", head, "-o", folder + "/head-1.c", "--format", "c-array", "--json").output
      let declaration = "extern const unsigned char head_1[\(size)];"
      #expect(try json(array)["declaration"] as? String == declaration)
      #expect(try String(contentsOfFile: folder + "/head-1.c", encoding: .utf8).contains(declaration))
      let shard = folder + "/b/test-00000-of-00001.safetensors"
      let run = try Tool.run(["run", bundle, shard], tool: "mist-edge")
      #expect(run.status == 65)
      #expect(run.errors.contains("model"), "\(run.errors)")
      let eval = try Tool.run(["eval", head, folder + "/b"])
      #expect(eval.status == 65)
      #expect(eval.errors.contains("error[head.model-mismatch]"), "\(eval.errors)")
    }
  }

  @Test func layerTokensOfOtherDepthsAreRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try DrawnImages.write(to: folder + "/images", counts: [("train", 4), ("test", 2)])
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      for (name, layers) in [("a", "1,3"), ("b", "1,2")] {
        try mist(
          "extract", model, folder + "/images", "-o", folder + "/" + name, "--gather", "none", "--store",
          "layer-tokens", "--layers", layers)
      }
      let (head, bundle) = (folder + "/head.safetensors", folder + "/head.mistedge")
      try mist("train", folder + "/a", "-o", head, "--method", "linear", "--k", "layers", "--epochs", "2")
      try mist("export", head, "-o", bundle, "--features", folder + "/a")
      let run = try Tool.run(
        ["run", bundle, folder + "/b/test-00000-of-00001.safetensors"], tool: "mist-edge")
      #expect(run.status == 65 && run.errors.contains("edge-features.gather-differs"), "\(run.errors)")
      let eval = try Tool.run(["eval", head, folder + "/b"])
      #expect(eval.status == 65 && eval.errors.contains("head.feature-mismatch"), "\(eval.errors)")
    }
  }

  @Test func aDivergenceNamesTheFirstBlock() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try mist("convert", Fixture.path("vit/timm-vit"), "-o", model)
      // No two implementations agree to this: the check must be able to fail.
      let golden = Fixture.path("vit/timm-vit/golden.safetensors")
      let result = try Tool.run(["verify", model, "--golden", golden, "--tolerance", "1e-12"])
      #expect(result.status == 65)
      #expect(result.output.contains("first divergence: F"), "\(result.output)")
    }
  }

  @Test func anUnreadableImageIsNamedAndSkippedOrFatal() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, images) = (folder + "/model.safetensors", folder + "/images")
      try DrawnImages.write(to: images, counts: [("train", 3)])
      try Data("not a picture".utf8).write(to: URL(fileURLWithPath: images + "/train/left/broken.png"))
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      let result = try mist("extract", model, images, "-o", folder + "/features")
      #expect((result.output + result.errors).contains("broken.png"))
      let manifest = try String(contentsOfFile: folder + "/features/manifest.json", encoding: .utf8)
      #expect(manifest.contains("broken.png"))
      let strict = try Tool.run(["extract", model, images, "-o", folder + "/strict", "--strict"])
      #expect(strict.status == 65)
      #expect(strict.errors.contains("broken.png"))
    }
  }
}
