import Foundation
import MISTVision
import TestSupport
import Testing

/// `mist predict`: every way to name its files, and what it writes.
@Suite struct PredictTests {
  private func items(_ output: String) throws -> [[String: Any]] {
    let json = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    return try #require(json?["items"] as? [[String: Any]])
  }

  private func classes(_ item: [String: Any]) throws -> [[String: Any]] {
    try #require(item["classes"] as? [[String: Any]])
  }

  @Test(arguments: [
    (["--gather", "2"], ["--method", "lae", "--rank", "4", "--depth", "1"]),
    (["--gather", "none", "--store", "layer-tokens"], ["--method", "linear"]),
    (
      ["--gather", "none", "--store", "layer-tokens", "--layers", "1,3"],
      ["--method", "linear", "--lr", "1e-3"]
    ),
    (
      ["--gather", "none", "--store", "layer-tokens"],
      ["--pool", "attentive", "--queries", "2", "--k", "layers"]
    ),
    (["--gather", "none", "--store", "ladder"], ["--method", "linear", "--k", "side2"]),
    (["--gather", "none", "--store", "ladder"], ["--method", "last"]),
    (["--gather", "none", "--store", "blocks"], ["--method", "partial-1"]),
  ])
  func imagesAreClassifiedAsTheirStoredFeaturesAre(_ stored: [String], _ method: [String]) throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, store) = (folder + "/model.safetensors", folder + "/features")
      let (head, bundle) = (folder + "/head.safetensors", folder + "/head.mistedge")
      try DrawnImages.write(to: folder + "/images", counts: [("train", 16), ("test", 5)])
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      try mist(["extract", model, folder + "/images", "-o", store, "--dtype", "f32"] + stored)
      try mist(["train", store, "-o", head, "--epochs", "12"] + method)
      // What is summed of blocks is for studies, and no device reads it.
      let isBundled = !method.contains("side2")
      if isBundled { try mist("export", head, "-o", bundle) }
      try mist("eval", head, store, "--predictions", folder + "/eval.tsv")
      let expected = try String(contentsOfFile: folder + "/eval.tsv", encoding: .utf8)
        .split(separator: "\n").dropFirst().map { $0.split(separator: "\t").map(String.init) }
      #expect(expected.count == 15)

      // The head, the bundle and the stored features each lead to the same class with the same probability.
      let folders = DrawnImages.classes.map { folder + "/images/test/" + $0 }
      let byHead = try items(try Tool.run(["predict", model, head] + folders + ["--json"]).output)
      let shard = store + "/test-00000-of-00001.safetensors"
      let byBundle =
        isBundled
        ? try items(try Tool.run(["predict", model, bundle] + folders + ["--json"]).output) : byHead
      let byFeatures = isBundled ? try items(try mist("predict", bundle, shard, "--json").output) : byHead
      #expect(byHead.count == 15 && byBundle.count == 15 && byFeatures.count == 15)
      for (i, line) in expected.enumerated() {
        let results = [byHead[i], byBundle[i], byFeatures[i]]
        #expect((byHead[i]["file"] as? String)?.hasSuffix(line[0]) == true)
        let first = try results.map { try #require(try classes($0).first) }
        #expect(first.allSatisfy { $0["name"] as? String == line[2] })
        let probabilities = try results.map { try classes($0).compactMap { $0["probability"] as? Double } }
        for list in probabilities {
          #expect(list.count == 3 && list == list.sorted(by: >))
          #expect(abs(list.reduce(0, +) - 1) < 1e-5)
          #expect(zip(list, probabilities[0]).allSatisfy { abs($0 - $1) < 1e-4 })
        }
      }
      let text = try mist("predict", model, head, folders[0] + "/test-0.png", "--top", "1").output
      let lines = text.split(separator: "\n")
      #expect(lines.count == 2 && lines[0].hasSuffix("left/test-0.png") && lines[1].hasSuffix(" %"))
    }
  }

  /// Heads on a SegFormer's coarsest map, as extract stores it for images with a class each.
  @Test func segFormersClassifyAsTheirStoredFeaturesSay() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, store) = (folder + "/model.safetensors", folder + "/features")
      let bundle = folder + "/head.mistedge"
      try DrawnImages.write(to: folder + "/images", counts: [("train", 8), ("test", 3)])
      try mist("convert", Fixture.path("segformer/hf-segformer-hub"), "-o", model)
      try mist(
        "extract", model, folder + "/images", "-o", store, "--dtype", "f32", "--store", "layer-tokens")
      let folders = DrawnImages.classes.map { folder + "/images/test/" + $0 }
      for (k, pool) in [("7", "mean"), ("final", "mean"), ("layers", "concat")] {
        let head = "\(folder)/head-\(k).safetensors"
        try mist(
          "train", store, "-o", head, "--method", "linear", "--pool", pool, "--k", k, "--epochs", "8")
        try mist("export", head, "-o", bundle)
        let shard = store + "/test-00000-of-00001.safetensors"
        let expected = try items(try mist("predict", bundle, shard, "--json").output).map(classes)
        #expect(expected.count == 9)
        for file in [head, bundle] {
          let found = try items(try Tool.run(["predict", model, file] + folders + ["--json"]).output).map(
            classes)
          try #require(found.count == expected.count, "\(k)")
          for (a, b) in zip(found, expected) {
            #expect(a.map { $0["name"] as? String } == b.map { $0["name"] as? String })
            for (x, y) in zip(a, b) {
              let pair = try [x, y].map { try #require($0["probability"] as? Double) }
              #expect(abs(pair[0] - pair[1]) < 1e-4)
            }
          }
        }
      }
    }
  }

  /// What verify runs, predict runs: a classifier's own scores, and mmsegmentation's decode head.
  @Test func modelsPredictWithTheHeadsTheyComeWith() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, image) = (folder + "/model.safetensors", Fixture.path("images/chelsea.jpg"))
      try mist("convert", Fixture.path("vit/hf-vit-classifier"), "-o", model)
      let item = try #require(
        try items(try mist("predict", model, image, "--top", "2", "--json").output).first)
      #expect(try classes(item).count == 2)
      let segformer = folder + "/segformer.safetensors"
      try mist("convert", Fixture.path("segformer-mmseg/mmseg"), "-o", segformer, "--heads", "1,2,4,3")
      let mask = try #require(
        try items(try mist("predict", segformer, image, "-o", folder + "/masks", "--json").output).first)
      let pixels = try classes(mask).compactMap { $0["pixels"] as? Int }
      #expect(pixels.reduce(0, +) == 360 * 240)
    }
  }

  @Test func aSegFormersOwnHeadGivesTheMaskThatTransformersGives() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, out) = (folder + "/model.safetensors", folder + "/new/masks")
      try mist("convert", Fixture.path("segformer/hf-segformer-hub"), "-o", model)
      let photograph = Fixture.path("images/chelsea.jpg")
      let item = try #require(
        try items(try mist("predict", model, photograph, "-o", out, "--json").output).first)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: out).sorted() == [
          "chelsea-mask.png", "chelsea-overlay.png",
        ])

      let mask = try LabelMapDecoder.decode(out + "/chelsea-mask.png")
      let golden = try LabelMapDecoder.decode(Fixture.path("vision/predicted/chelsea.png"))
      try #require((mask.width, mask.height) == (golden.width, golden.height))
      // A pixel on the border between two classes may tip over by rounding.
      let same = zip(mask.values, golden.values).count { $0 == $1 }
      #expect(Double(same) >= 0.9999 * Double(golden.values.count), "\(same) of \(golden.values.count)")

      let shares = try classes(item)
      #expect(shares.first?["name"] as? String == "tree", "the checkpoint's own names")
      let pixels = shares.compactMap { $0["pixels"] as? Int }
      #expect(pixels == pixels.sorted(by: >) && pixels.reduce(0, +) == mask.values.count)
      for share in shares {
        let index = try #require(share["index"] as? Int)
        #expect(share["pixels"] as? Int == mask.values.count { Int($0) == index })
      }
      let overlay = try ImageDecoder.decode(out + "/chelsea-overlay.png")
      let image = try ImageDecoder.decode(photograph)
      #expect(overlay == Overlay.blend(image, mask, .standard(classes: 7)))
    }
  }

  @Test func pixelsOutsideACropHaveNoClass() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, out) = (folder + "/model.safetensors", folder + "/masks")
      let source = Fixture.path("segformer/hf-segformer-hub")
      try mist("convert", source, "-o", model, "--resize", "shortest:80", "--crop", "64")
      let item = try #require(
        try items(try mist("predict", model, Fixture.path("images/chelsea.jpg"), "-o", out, "--json").output)
          .first)
      // 360 × 240 pixels become 120 × 80, of which the crop keeps columns 28…91 and rows 8…71.
      let mask = try LabelMapDecoder.decode(out + "/chelsea-mask.png")
      var wrong = 0
      for (i, value) in mask.values.enumerated() {
        let (y, x) = i.quotientAndRemainder(dividingBy: 360)
        let inside = (84..<276).contains(x) && (24..<216).contains(y)
        if (value == LabelMap.ignored) == inside { wrong += 1 }
      }
      #expect(wrong == 0)
      #expect(item["ignored"] as? Int == 360 * 240 - 192 * 192)
      let shares = try classes(item).compactMap { $0["share"] as? Double }
      #expect(abs(shares.reduce(0, +) - 1) < 1e-9, "shares are of the pixels that have a class")
    }
  }
}
