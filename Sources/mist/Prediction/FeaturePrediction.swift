import Foundation
import MISTBackbone
import MISTBundle
import MISTEdge
import MISTFormats
import MISTVision
import Synchronization

/// Predicts stored features by a bundle, as `mist-edge run` does, with masks as PNG files.
struct FeaturePrediction {
  private let bundle: BundleFile
  private let head: PredictionHead
  private let shards: [String]
  private let names: PictureNames?
  private let top: Int

  /// Throws what opening bundles throws, `usage`, and `predict.same-name`.
  init(bundle path: String, shards: [String], names: PictureNames?, top: Int) throws {
    bundle = try BundleFile(path)
    head = bundle.head
    self.shards = shards
    self.names = names
    self.top = top
    if head.levels != nil {
      guard let names else {
        throw MISTError(
          .usage, "the bundle gives a mask per sample", advice: "name a folder for the masks with -o")
      }
      try names.check(shards)
    }
  }

  /// Predicts every sample of every shard, `threads` samples at a time. Throws the `shard.` codes.
  func run(threads: Int) throws -> PredictionReport {
    // Every file is checked before anything is written.
    let files = try shards.map { try MappedFile(path: $0) }
    // Opened shards are views of the files' bytes and do not keep them mapped.
    return try withExtendedLifetime(files) { try run(files, threads: threads) }
  }

  private func run(_ files: [MappedFile], threads: Int) throws -> PredictionReport {
    let runners = (0..<max(1, threads)).map { _ in HeadRunner(head) }
    let opened = try zip(shards, files).map { path, file in
      try Self.inFile(path) { try FeatureShard(file.bytes, for: bundle.bundle) }
    }
    switch bundle.bundle.task {
    case .classification:
      let items = try zip(shards, opened).flatMap { path, shard in
        try Self.forEach(shard.samples, runners, path) { runner, index in
          try shard.load(index, into: runner.inputs)
          return .init(
            file: path, sample: index,
            classes: PredictionReport.classes(runner.rank(top: top), names: head.classes))
        }
      }
      return PredictionReport(task: "classification", items: items)
    case .segmentation:
      guard let names else { throw MISTError(.bug, "there is no folder for the masks") }
      try names.create()
      let palette = Palette.standard(classes: head.classes.count)
      let items = try zip(shards, opened).flatMap { path, shard in
        try Self.forEach(shard.samples, runners, path) { runner, index in
          try shard.load(index, into: runner.inputs)
          let size = shard.maskSize ?? MapSize(height: 0, width: 0)
          let labels = runner.segment(height: size.height, width: size.width)
          let mask = names.mask(PictureNames.stem(path) + String(format: "-%05d", index))
          try PNGFile.writeIndexed(labels, palette: palette, to: mask)
          return .init(
            file: path, sample: index, height: size.height, width: size.width, mask: mask,
            classes: PredictionReport.classes(labels, names: head.classes).classes)
        }
      }
      return PredictionReport(task: "segmentation", items: items)
    }
  }

  private static func inFile<R>(_ path: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as EdgeError {
      throw error.mistError(file: path)
    }
  }

  private static func forEach(
    _ count: Int, _ runners: [HeadRunner], _ path: String,
    _ body: (HeadRunner, Int) throws -> PredictionReport.Item
  ) throws -> [PredictionReport.Item] {
    let items = Mutex([PredictionReport.Item?](repeating: nil, count: count))
    // Shards and networks are only read.
    nonisolated(unsafe) let body = body
    try withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      try WorkerPool.forEach(count, workers: Array(runners.prefix(max(1, count)))) { runner, index in
        let item = try inFile(path) { try body(runner, index) }
        items.withLock { $0[index] = item }
      }
    }
    return items.withLock { $0.compactMap { $0 } }
  }
}
