import MISTEdge

/// What the configuration of any architecture says of its features.
package protocol ArchitectureConfiguration: Codable, Hashable, Sendable {
  /// Blocks N, over all stages.
  var depth: Int { get }
  /// Gather depths unless told otherwise, ascending: about a third, two thirds and all of the blocks. 0 in models of few blocks.
  var gatherCandidates: [Int] { get }
  /// Size of the images that the model is for; nil where it does not say.
  var ownImageSize: MapSize? { get }
  /// Pixels that each side of an image is divided into; what is left over is not read. 1 for none.
  var sideMultiple: Int { get }
  /// The tokens `[count, channels]` that stand for a whole image of `image` pixels.
  func tokens(of image: MapSize) -> (count: Int, channels: Int)
  /// The model's maps for an image of `image` pixels, finest first.
  func levels(of image: MapSize) -> [MapLevel]
  /// What the final feature of a whole image is; nil for a model that has none.
  var finalToken: FinalToken? { get }
}

/// The final feature `[1, C]` of a whole image, after the last norm.
package enum FinalToken: String, Sendable {
  case classToken = "class token"
  /// The mean of the last map's positions.
  case mean
}

extension ArchitectureConfiguration {
  /// Whether it gives maps of several sizes.
  package var isPyramid: Bool { levels(of: imageSize()).count > 1 }

  /// The size of the model's images, `other` where it does not say, else 512 × 512.
  package func imageSize(or other: MapSize? = nil) -> MapSize {
    ownImageSize ?? other ?? MapSize(height: 512, width: 512)
  }
}

extension ModelConfiguration {
  /// The configuration of its own architecture.
  package var details: any ArchitectureConfiguration {
    switch self {
    case .vit(let c): c
    case .segformer(let c): c
    }
  }
}

extension ViTConfiguration: ArchitectureConfiguration {
  package var gatherCandidates: [Int] { [depth / 3, 2 * depth / 3, depth] }
  package var ownImageSize: MapSize? { MapSize(height: imageSize[0], width: imageSize[1]) }
  package var sideMultiple: Int { patchSize }

  package func tokens(of image: MapSize) -> (count: Int, channels: Int) {
    (tokens(height: image.height, width: image.width), width)
  }

  /// The patches' tokens, without class token and registers.
  package func levels(of image: MapSize) -> [MapLevel] {
    let grid = grid(height: image.height, width: image.width)
    return [MapLevel(level: 1, height: grid.rows, width: grid.columns, channels: width)]
  }

  package var finalToken: FinalToken? { classToken ? .classToken : nil }
}

extension SegFormerConfiguration: ArchitectureConfiguration {
  /// To the nearest block: 14, 27, 41 of 41.
  package var gatherCandidates: [Int] { [(2 * depth + 3) / 6, (4 * depth + 3) / 6, depth] }
  package var ownImageSize: MapSize? { nil }
  package var sideMultiple: Int { 1 }

  /// The coarsest map's positions.
  package func tokens(of image: MapSize) -> (count: Int, channels: Int) {
    levels(of: image).last.map { ($0.positions, $0.channels) } ?? (0, 0)
  }

  package func levels(of image: MapSize) -> [MapLevel] {
    zip(stages, mapSizes(height: image.height, width: image.width)).enumerated().map { index, pair in
      MapLevel(
        level: index + 1, height: pair.1.height, width: pair.1.width, channels: pair.0.width,
        reduction: pair.0.reduction)
    }
  }

  package var finalToken: FinalToken? { .mean }
}
