import Foundation
import MISTVision
import TestSupport
import Testing

/// The path from a published SegFormer and annotated images to masks, with the outcome checked at every step.
@Suite struct SegmentationTests {
  /// The class numbers of a portable greymap.
  private func greymap(_ path: String, width: Int, height: Int) throws -> [UInt8] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let header = Array("P5\n\(width) \(height)\n255\n".utf8)
    try #require(Array(bytes.prefix(header.count)) == header)
    return Array(bytes.dropFirst(header.count))
  }

  /// How many pixels the host's masks of a bundle's samples share with the runtime's class maps.
  private func agreement(_ bundle: String, _ shard: String, in folder: String) throws -> (same: Int, all: Int)
  {
    let (maps, masks) = (folder + "/maps", folder + "/masks")
    let run = try Tool.run(["run", bundle, shard, "--maps", maps], tool: "mist-edge")
    try #require(run.status == 0, "\(run.errors)")
    try mist("predict", bundle, shard, "-o", masks)
    let stem = ((shard as NSString).lastPathComponent as NSString).deletingPathExtension
    let files = try FileManager.default.contentsOfDirectory(atPath: masks).sorted()
    let count = try FileManager.default.contentsOfDirectory(atPath: maps).count
    #expect(count > 0)
    #expect(files == (0..<count).map { stem + String(format: "-%05d-mask.png", $0) })
    var (same, all) = (0, 0)
    for (sample, file) in files.enumerated() {
      let mask = try LabelMapDecoder.decode(masks + "/" + file)
      let path = maps + "/" + stem + String(format: "-%05d.pgm", sample)
      let map = try greymap(path, width: mask.width, height: mask.height)
      same += zip(mask.values, map).count { $0 == $1 }
      all += map.count
    }
    return (same, all)
  }

  @Test(arguments: ["maps-f32", "maps-int8"])
  func hostAndRuntimeGiveTheSameMapsOfStoredFeatures(shard: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let (same, all) = try agreement(
        Fixture.path("edge-bundle/maps-f32.mistedge"),
        Fixture.path("edge-features/\(shard).safetensors"), in: folder)
      // Two libraries round differently: a pixel on a border may tip over.
      #expect(Double(same) >= 0.999 * Double(all), "\(same) of \(all)")
    }
  }

  @Test func annotatedImagesBecomeABundleThatPaintsThem() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, store) = (folder + "/model.safetensors", folder + "/features")
      let (head, bundle) = (folder + "/head.safetensors", folder + "/head.mistedge")
      try DrawnScenes.write(to: folder + "/scenes", training: 24, validation: 8)
      try mist("convert", Fixture.path("segformer/hf-segformer-hub"), "-o", model)
      try mist(
        "extract", model, folder + "/scenes", "-o", store, "--gather", "3,7", "--views", "2", "--shard-size",
        "20")
      try mist(
        "train", store, "-o", head, "--head", "mlp", "--lae", "none", "--k", "7", "--hidden", "16", "--lr",
        "5e-3", "--epochs", "12")
      for (option, value) in [
        ("--pool", "mean"), ("--pool", "attentive"), ("--label-smoothing", "0.1"), ("--tokens", "0.5"),
      ] {
        let refused = try Tool.run(["train", store, "-o", folder + "/none", option, value])
        #expect(refused.status == 64)
        #expect(refused.errors.contains("\(option) is an option of classification"), "\(refused.errors)")
      }
      let scores = try json(try mist("eval", head, store, "--split", "val", "--json").output)
      // The most frequent class everywhere would have a third of half the pixels: 0.17.
      #expect(try #require(scores["meanIoU"] as? Double) > 0.4, "\(scores)")

      try mist("export", head, "-o", bundle, "--features", store)
      #expect(try Tool.run(["selftest", bundle], tool: "mist-edge").status == 0)
      let shard = store + "/val-00000-of-00001.safetensors"
      let (same, all) = try agreement(bundle, shard, in: folder)
      #expect(Double(same) >= 0.999 * Double(all), "\(same) of \(all)")

      // The whole path on the images gives masks of their own size that agree with how they were drawn.
      let images = folder + "/scenes/images/validation"
      for (file, out) in [(head, folder + "/by-head"), (bundle, folder + "/by-bundle")] {
        try mist("predict", model, file, images, "-o", out)
        var (right, counted) = (0, 0)
        for number in 0..<8 {
          let mask = try LabelMapDecoder.decode("\(out)/scene-\(number)-mask.png")
          let truth = try LabelMapDecoder.decode(
            "\(folder)/scenes/annotations/validation/scene-\(number).png"
          ).reducedZeroLabel()
          try #require((mask.width, mask.height) == (DrawnScenes.width, DrawnScenes.height))
          #expect(mask.values.allSatisfy { $0 < 3 })
          for (value, label) in zip(mask.values, truth.values) where label != LabelMap.ignored {
            counted += 1
            if value == label { right += 1 }
          }
        }
        #expect(Double(right) > 0.8 * Double(counted), "\(right) of \(counted)")
      }

      // A head of another model is refused before anything is written.
      let other = folder + "/other.safetensors"
      try mist("convert", Fixture.path("segformer/hf-segformer-encoder"), "-o", other)
      let refused = try Tool.run(["predict", other, head, images, "-o", folder + "/none"])
      #expect(refused.status == 65 && refused.errors.contains("error[head.model-mismatch]"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/none"))
      #expect(
        try Tool.run(["predict", model, head, images]).errors.contains("error[usage]"), "-o is missing")
    }
  }
}

/// Small scenes in ADE20K's layout: sky above ground, and a wall somewhere; a strip on the left belongs to no class.
enum DrawnScenes {
  static let classes = ["sky", "ground", "wall"]
  static let (width, height) = (48, 36)

  static func write(to folder: String, training: Int, validation: Int) throws {
    for (split, count) in [("training", training), ("validation", validation)] {
      for kind in ["images", "annotations"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(kind)/\(split)", withIntermediateDirectories: true)
      }
      for number in 0..<count {
        let mask = mask(number + (split == "validation" ? 1000 : 0))
        let pixels = mask.enumerated().flatMap { i, label in color(label, noise: UInt8(i * 37 % 23)) }
        try PNGFile.writeRGB(
          RGBImage(width: width, height: height, pixels: pixels),
          to: "\(folder)/images/\(split)/scene-\(number).png")
        try Data(DrawnImages.png(mask, width: width, height: height)).write(
          to: URL(fileURLWithPath: "\(folder)/annotations/\(split)/scene-\(number).png"))
      }
    }
    try Data((classes.joined(separator: "\n") + "\n").utf8).write(
      to: URL(fileURLWithPath: folder + "/classes.txt"))
  }

  /// Annotation values: 0 for no class, and classes from 1.
  private static func mask(_ number: Int) -> [UInt8] {
    let horizon = 12 + number * 7 % 11
    let left = 6 + number * 13 % 24
    return (0..<width * height).map { i in
      let (y, x) = i.quotientAndRemainder(dividingBy: width)
      if x < 3 { return 0 }
      if (left..<left + 14).contains(x) && (horizon - 9..<horizon + 6).contains(y) { return 3 }
      return y < horizon ? 1 : 2
    }
  }

  private static func color(_ label: UInt8, noise: UInt8) -> [UInt8] {
    switch label {
    case 1: [120 + noise, 160 + noise, 220 + noise]
    case 2: [60 + noise, 90 + noise, 40 + noise]
    case 3: [170 + noise, 60 + noise, 50 + noise]
    default: [noise, noise, noise]
    }
  }
}
