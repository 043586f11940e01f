import MISTEdge
import MISTFeatures

/// All that training for segmentation asks of a split of stored maps. Reading is thread-safe and copies only what is asked
/// for, so that a split may be much larger than memory.
public protocol LabelledMaps: Sendable {
  /// Samples: views of images.
  var count: Int { get }
  /// The maps of one feature, finest first.
  var levels: [MapLevel] { get }
  /// Pixels of a mask: the model's input size.
  var maskHeight: Int { get }
  var maskWidth: Int { get }
  /// What is stored for every sample.
  var choices: [FeatureChoice] { get }
  /// A number that views of one image share, and other images do not have.
  func image(_ index: Int) -> Int
  /// Whether a sample is its whole image, and not a random view of it.
  func isWhole(_ index: Int) -> Bool
  /// Reads the map `[h·w, C]` of `levels[level]` of a sample's feature.
  func read(
    _ index: Int, _ choice: FeatureChoice, level: Int, into destination: UnsafeMutableBufferPointer<Float>)
    throws
  /// Reads a sample's mask `[maskHeight, maskWidth]`: classes, and 255 where there is none.
  func readMask(_ index: Int, into destination: UnsafeMutableBufferPointer<UInt8>) throws
}

/// Some samples of a split.
public struct MapSubset: Sendable {
  public let maps: any LabelledMaps
  public let indices: [Int]

  public init(_ maps: any LabelledMaps, indices: [Int]? = nil) {
    self.maps = maps
    self.indices = indices ?? Array(0..<maps.count)
  }

  public var count: Int { indices.count }

  /// The samples that are whole images.
  public var whole: MapSubset { MapSubset(maps, indices: indices.filter(maps.isWhole)) }

  /// Number of images.
  public var imageCount: Int { Set(indices.map(maps.image)).count }

  /// Parts of these samples, by a seeded permutation of the images: `fraction` of them (at least one) held out, as whole images,
  /// and all views of the rest.
  public func holdOut(_ fraction: Double, seed: UInt64) -> (rest: MapSubset, heldOut: MapSubset) {
    let images = Array(Set(indices.map(maps.image))).sorted()
    var random = CounterRandom(seed: seed, .holdout)
    let order = random.permutation(images.count).map { images[$0] }
    let held = Set(
      order.prefix(min(max(1, Int((Double(images.count) * fraction).rounded())), images.count - 1)))
    return (
      MapSubset(maps, indices: indices.filter { !held.contains(maps.image($0)) }),
      MapSubset(maps, indices: indices.filter { held.contains(maps.image($0)) && maps.isWhole($0) })
    )
  }
}
