import MISTEdge
import MISTFeatures
import MISTFormats

/// A split of a segmentation store, as training reads it.
public struct StoredMaps: LabelledMaps {
  public let split: FeatureSplit
  public let choices: [FeatureChoice]
  public let maskHeight: Int
  public let maskWidth: Int
  private let stored: [FeatureChoice: [StoredFeatures]]
  private let masks: StoredMasks
  private let images: [Int]

  /// Throws what opening the split's tensors throws; `features.other-task` when they are for classification.
  public init(_ split: FeatureSplit, manifest: StoreManifest) throws {
    self.split = split
    var stored: [FeatureChoice: [StoredFeatures]] = [:]
    for k in manifest.gather {
      stored[.gather(k)] = try split.levels.map { try split.map(k, level: $0.level) }
    }
    if manifest.final { stored[.final] = try split.levels.map { try split.finalMap(level: $0.level) } }
    self.stored = stored
    choices = manifest.gather.map { .gather($0) } + (manifest.final ? [.final] : [])
    masks = try split.masks()
    (maskHeight, maskWidth) = (masks.height, masks.width)
    var numbers: [String: Int] = [:]
    var images: [Int] = []
    for sample in 0..<split.count {
      let number = numbers[split.file(of: sample)] ?? numbers.count
      numbers[split.file(of: sample)] = number
      images.append(number)
    }
    self.images = images
  }

  public var count: Int { split.count }
  public var levels: [MapLevel] { split.levels }
  public func image(_ index: Int) -> Int { images[index] }
  public func isWhole(_ index: Int) -> Bool { split.views[index] == 0 }

  public func read(
    _ index: Int, _ choice: FeatureChoice, level: Int, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let maps = stored[choice] else {
      throw MISTError(
        .trainingNoFeature, "the features hold no \(choice)",
        advice: "they hold \(choices.map(\.description).joined(separator: ", "))")
    }
    try maps[level].read(index, into: destination)
  }

  public func readMask(_ index: Int, into destination: UnsafeMutableBufferPointer<UInt8>) throws {
    try masks.read(index, into: destination)
  }
}
