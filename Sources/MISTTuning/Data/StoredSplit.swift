import MISTEdge
import MISTFeatures
import MISTFormats

/// The features of a split of a store.
package struct StoredSplit: SplitFeatures {
  package let split: FeatureSplit
  package let stored: [Feature]
  package let grid: TokenGrid?
  /// The tensors of every feature, and what they are.
  private let tensors: [Feature: [StoredFeatures]]
  private let levels: [MapLevel]
  /// A number per image; empty where every sample is its own.
  private let images: [Int]

  /// Throws what opening the split's tensors throws.
  package init(_ split: FeatureSplit, manifest: StoreManifest) throws {
    self.split = split
    stored = manifest.storedFeatures
    grid = manifest.grid
    levels = split.levels
    var tensors: [Feature: [StoredFeatures]] = [:]
    let numbers: [Int?] = levels.isEmpty ? [nil] : levels.map(\.level)
    for feature in stored {
      tensors[feature] = try numbers.map { try split.features(FeatureKey(feature, level: $0)) }
    }
    self.tensors = tensors
    images = split.views.isEmpty ? [] : Self.imageNumbers(split)
  }

  private static func imageNumbers(_ split: FeatureSplit) -> [Int] {
    var numbers: [String: Int] = [:]
    return (0..<split.count).map { sample in
      let number = numbers[split.file(of: sample)] ?? numbers.count
      numbers[split.file(of: sample)] = number
      return number
    }
  }

  package var count: Int { split.count }
  package func image(_ index: Int) -> Int { images.isEmpty ? index : images[index] }
  package func isWhole(_ index: Int) -> Bool { images.isEmpty || split.views[index] == 0 }

  package func tensors(of feature: Feature) -> [MapLevel] {
    guard let tensors = tensors[feature] else { return [] }
    guard levels.isEmpty else { return levels }
    return tensors.map { MapLevel(level: 1, height: 1, width: $0.tokens, channels: split.channels) }
  }

  package func readTensor(
    _ index: Int, _ feature: Feature, tensor number: Int, tokens: [Int]?,
    into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let tensor = tensors[feature]?[number] else { throw MISTError.noFeature(feature, of: stored) }
    if let tokens, tokens.count < tensor.tokens {
      try tensor.read(index, tokens: tokens, into: destination)
    } else {
      try tensor.read(index, into: destination)
    }
  }
}

extension StoreManifest {
  /// What is stored for every sample.
  package var storedFeatures: [Feature] { gather.map(Feature.gather) + (final ? [.final] : []) }
}
