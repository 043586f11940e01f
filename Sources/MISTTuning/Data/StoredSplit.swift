import MISTEdge
import MISTFeatures
import MISTFormats

/// The features of a split of a store.
package struct StoredSplit: SplitFeatures {
  package let split: FeatureSplit
  package let stored: [Feature]
  package let grid: TokenGrid?
  private let dtype: StoredType
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
    dtype = manifest.dtype
    levels = split.levels
    var tensors: [Feature: [StoredFeatures]] = [:]
    for tensor in manifest.tensors {
      tensors[tensor.key.feature, default: []].append(try split.features(tensor.key))
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
  package func storedType(of feature: Feature) -> StoredType { tensors[feature]?.first?.dtype ?? dtype }
  package func image(_ index: Int) -> Int { images.isEmpty ? index : images[index] }
  package func isWhole(_ index: Int) -> Bool { images.isEmpty || split.views[index] == 0 }

  package func tensors(of feature: Feature) -> [MapLevel] {
    guard let tensors = tensors[feature] else { return [] }
    guard levels.isEmpty else { return levels }
    return tensors.map { MapLevel(level: $0.level ?? 1, height: 1, width: $0.tokens, channels: $0.channels) }
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

extension StoredSplit {
  package func withCodes(
    _ index: Int, _ feature: Feature,
    _ body: (UnsafePointer<Int8>, _ scales: UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let tensor = tensors[feature]?.first else { throw MISTError.noFeature(feature, of: stored) }
    try tensor.withCodes(index, body)
  }
}

extension StoreManifest {
  /// What is stored for every sample.
  package var storedFeatures: [Feature] {
    // In the order in which people are told of them.
    gather.map(Feature.gather) + features.filter { !$0.isGather }
  }
}
