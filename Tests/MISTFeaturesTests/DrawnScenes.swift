import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTVision
import Synchronization
import TestSupport

/// A small annotated data set in ADE20K's layout, drawn here: boxes on a ramp, and the boxes' class numbers as masks, with
/// 0 (other) around them.
enum DrawnScenes {
  static let classes = ["box", "bar", "dot"]

  /// Writes `train` of five images and `val` of three. `broken`: in `train` an image cut short and one whose annotation is of
  /// another size; in `val` one whose annotation holds a value beyond the classes.
  static func make(in folder: String, broken: Bool = false) throws -> SegmentationFolder {
    let root = folder + "/scenes"
    for (split, count) in [("training", 5), ("validation", 3)] {
      for kind in ["images", "annotations"] {
        try FileManager.default.createDirectory(
          atPath: "\(root)/\(kind)/\(split)", withIntermediateDirectories: true)
      }
      for i in 0..<count { try write("scene-\(i)", split, root, number: i) }
    }
    try Data((classes.joined(separator: "\n") + "\n").utf8).write(
      to: URL(fileURLWithPath: root + "/classes.txt"))
    if broken {
      try write("cut", "training", root, number: 7)
      let cut = URL(fileURLWithPath: root + "/images/training/cut.png")
      try Data(contentsOf: cut).dropLast(40).write(to: cut)
      try write("small", "training", root, number: 8, maskHeight: 9)
      try write("unknown", "validation", root, number: 9, value: 4)
    }
    return try SegmentationFolder(path: root)
  }

  private static func write(
    _ name: String, _ split: String, _ root: String, number: Int, maskHeight: Int? = nil, value: UInt8? = nil
  ) throws {
    let (height, width) = (20 + number, 31 + 2 * number)
    var pixels = [UInt8](repeating: 0, count: height * width * 3)
    var labels = [UInt8](repeating: 0, count: height * width)
    for y in 0..<height {
      for x in 0..<width {
        let place = y * width + x
        let label = UInt8((x / 5 + y / 4 + number) % 4)
        labels[place] = value ?? label
        for c in 0..<3 { pixels[3 * place + c] = UInt8((60 * Int(label) + 3 * x + 2 * y + 17 * c) % 256) }
      }
    }
    labels[0] = 255
    try PNGFile.writeRGB(
      RGBImage(width: width, height: height, pixels: pixels), to: "\(root)/images/\(split)/\(name).png")
    let rows = maskHeight ?? height
    try PNGFile.writeIndexed(
      LabelMap(width: width, height: rows, values: Array(labels[..<(rows * width)])),
      palette: Palette.standard(classes: 4), to: "\(root)/annotations/\(split)/\(name).png")
  }

  static func plan(
    _ scenes: SegmentationFolder, _ source: DrawnMaps, dtype: StoredType = .f32,
    views: StoreManifest.Views = .init(count: 3, seed: 11), perShard: Int? = 4, reduceZeroLabel: Bool = true,
    classes: [String] = classes
  ) throws -> ExtractionPlan {
    var scenes = scenes
    scenes.classes = classes
    return try ExtractionPlan(
      samples: scenes, annotations: .init(reduceZeroLabel: reduceZeroLabel, views: views), source: source,
      model: DrawnSource.model(), preprocessing: DrawnMaps.preprocessing, dtype: dtype,
      filesPerShard: perShard)
  }

  @discardableResult
  static func extract(
    _ scenes: SegmentationFolder, to folder: String, _ source: DrawnMaps = DrawnMaps(),
    dtype: StoredType = .f32, views: StoreManifest.Views = .init(count: 3, seed: 11), threads: Int = 1,
    strict: Bool = false
  ) throws -> Extraction.Summary {
    let plan = try plan(scenes, source, dtype: dtype, views: views)
    return try Extraction(plan: plan, source: source, threads: threads, strict: strict).run(into: folder)
  }
}

/// A deterministic stand-in for a backbone with two levels: features are fixed sums of pixels.
final class DrawnMaps: FeatureSource {
  static let preprocessing = Preprocessing(
    resize: .exact(height: 8, width: 12), crop: nil, interpolation: .bilinear,
    mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)

  let inputSize = MapSize(height: 8, width: 12)
  let levels = [
    MapLevel(level: 1, height: 4, width: 6, channels: 3, reduction: 2),
    MapLevel(level: 2, height: 2, width: 3, channels: 5),
  ]
  var layout: FeatureLayout { .maps(levels) }
  let gathers: [Int]
  let includesFinal: Bool
  var features: [Feature] { (includesFinal ? [.final] : []) + gathers.map(Feature.gather) }
  private let left: Mutex<Int>
  /// Samples seen, over all workers.
  let seen = Mutex(0)

  init(gathers: [Int] = [2, 4], includesFinal: Bool = true, failAfter: Int = .max) {
    self.gathers = gathers
    self.includesFinal = includesFinal
    left = Mutex(failAfter)
  }

  func makeWorker() throws -> any FeatureWorker { Worker(self) }

  /// Value `place` of tensor `name`.
  static func value(_ pixels: UnsafeBufferPointer<Float>, _ name: String, place: Int) -> Float {
    let salt = name.utf8.reduce(0) { $0 + Int($1) }
    var sum: Float = 0
    for i in stride(from: place % 5, to: pixels.count, by: 5) {
      sum += pixels[i] * Float((i + salt + place) % 7 - 3)
    }
    return sum
  }

  private final class Worker: FeatureWorker {
    let source: DrawnMaps
    init(_ source: DrawnMaps) { self.source = source }

    func extract(
      pixels: UnsafeBufferPointer<Float>, into outputs: [UnsafeMutableBufferPointer<Float>]
    ) throws {
      let left = source.left.withLock { left in
        left -= 1
        return left
      }
      if left < 0 { throw DrawnSource.Stopped() }
      source.seen.withLock { $0 += 1 }
      for (tensor, output) in zip(source.tensors, outputs) {
        for i in output.indices { output[i] = DrawnMaps.value(pixels, tensor.name, place: i) }
      }
    }
  }
}
