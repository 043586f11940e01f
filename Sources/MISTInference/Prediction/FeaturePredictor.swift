import MISTBundle
import MISTEdge
import MISTFormats
import MISTModels
import MISTVision
import Synchronization

/// Stored features to predictions by a bundle, as `mist-edge run` does, without the model. Masks have the stored input's size.
package struct FeaturePredictor {
  private let bundle: BundleFile
  private let head: InferenceHead

  package var classes: [String] { head.classes }
  package var isSegmentation: Bool { head.isSegmentation }

  /// Throws what opening bundles throws.
  package init(bundle path: String) throws {
    bundle = try BundleFile(path)
    head = bundle.head
  }

  /// Predicts every sample of every shard, `threads` samples at a time, and hands each to `body`: the shard, the sample's number
  /// in it, and of classes the `top` most probable. `start` is called once every shard has been found to fit, with
  /// what nobody should overlook of them.
  /// The results are in order. Throws the `edge-features.` codes and what `body` throws.
  package func run<Item: Sendable>(
    _ shards: [String], threads: Int, top: Int, start: (_ notes: [String]) throws -> Void,
    _ body: @Sendable (_ shard: String, _ sample: Int, ImageResult) throws -> Item
  ) throws -> [Item] {
    // Every file is checked before anything is written.
    let files = try shards.map { try MappedFile(path: $0) }
    // Opened shards are views of the files' bytes and do not keep them mapped.
    return try withExtendedLifetime(files) {
      let opened = try zip(shards, files).map { path, file in
        try Self.inFile(path) { try FeatureShard(file.bytes, for: bundle.bundle) }
      }
      try start(
        zip(shards, opened).compactMap { path, shard in
          head.note(on: Precision(shard.precision)).map { "\(path): \($0)" }
        })
      let runners = (0..<max(1, threads)).map { _ in HeadRunner(head) }
      return try zip(shards, opened).flatMap { path, shard in
        try run(shard, path, runners, top: top, body)
      }
    }
  }

  private func run<Item: Sendable>(
    _ shard: FeatureShard, _ path: String, _ runners: [HeadRunner], top: Int,
    _ body: @Sendable (String, Int, ImageResult) throws -> Item
  ) throws -> [Item] {
    let items = Mutex([Item?](repeating: nil, count: shard.samples))
    // Shards and networks are only read.
    nonisolated(unsafe) let shard = shard
    let isSegmentation = isSegmentation
    try WorkerPool.forEach(shard.samples, workers: Array(runners.prefix(max(1, shard.samples)))) {
      runner, index in
      let item = try Self.inFile(path) {
        try shard.load(index, into: runner.inputs)
        guard isSegmentation else { return try body(path, index, .classes(runner.rank(top: top))) }
        let size = shard.maskSize ?? MapSize(height: 0, width: 0)
        let labels = runner.segment(height: size.height, width: size.width)
        return try body(path, index, .mask(ImageMask(labels)))
      }
      items.withLock { $0[index] = item }
    }
    return items.withLock { $0.compactMap { $0 } }
  }

  private static func inFile<R>(_ path: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as EdgeError {
      throw error.mistError(file: path)
    }
  }
}
