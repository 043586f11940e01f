import Foundation
import MISTFormats
import MISTVision

/// Runs a backbone over labelled images and writes the feature store. Safe to kill at any moment: complete shards stay,
/// and the same extraction into the same folder goes on from there; the result is the same, byte for byte.
package struct Extraction: Sendable {
  package let plan: ExtractionPlan
  package let source: any FeatureSource
  /// Worker threads, each with its own worker of the source.
  package let threads: Int
  /// Whether an image that cannot be read ends the extraction.
  package let strict: Bool

  package init(plan: ExtractionPlan, source: any FeatureSource, threads: Int, strict: Bool = false) {
    self.plan = plan
    self.source = source
    self.threads = max(1, threads)
    self.strict = strict
  }

  package struct Progress: Sendable {
    /// Listed files dealt with, those of shards found complete included.
    package let done: Int
    package let total: Int
    /// Files per second since this run began.
    package let rate: Double
  }

  package struct Summary: Sendable {
    package let manifest: StoreManifest
    /// Files dealt with in this run.
    package let processed: Int
    /// Files whose shards were complete before.
    package let resumed: Int
    /// Wall-clock seconds of this run.
    package let seconds: Double
    /// When this run had an image's features first; nil where it computed none.
    package let firstFeatures: ContinuousClock.Instant?

    package var skipped: [StoreManifest.SkippedFile] { manifest.splits.flatMap(\.skipped) }
    /// Bytes of all shards.
    package var byteCount: Int { manifest.splits.flatMap(\.shards).reduce(0) { $0 + $1.bytes } }
  }

  /// Extracts into `folder`. `progress` is called from worker threads; `skipped` for every image that cannot be read.
  /// Throws `masks.unlabelled` for a split without one labelled pixel, `extract.` codes, `file.write-failed` (nothing half-written stays under its name), and whatever the source
  /// throws.
  package func run(
    into folder: String, progress: @escaping @Sendable (Progress) -> Void = { _ in },
    skipped report: @escaping @Sendable (StoreManifest.SkippedFile) -> Void = { _ in }
  ) throws -> Summary {
    let clock = ContinuousClock()
    let start = clock.now
    try plan.checkTargets()
    let store = try StoreFolder(path: folder, plan: plan)
    if let finished = store.finished {
      _ = try FeatureStore(path: folder)
      for file in finished.splits.flatMap(\.skipped) {
        if strict { throw Self.unreadable(file) }
        report(file)
      }
      return Summary(
        manifest: finished, processed: 0, resumed: plan.count, seconds: (clock.now - start).seconds,
        firstFeatures: nil)
    }
    var jobs = try ShardJob.all(in: store.plan)
    var resumed = 0
    let hashes = try store.journal.hashes()
    for i in jobs.indices where try jobs[i].findComplete(in: folder, hash: hashes[jobs[i].file]) {
      resumed += jobs[i].listed
      for file in jobs[i].skipped {
        if strict { throw Self.unreadable(file) }
        report(file)
      }
    }
    let pipeline = ExtractionPipeline(
      self, store: store,
      jobs: jobs.filter { !$0.isComplete }, resumed: resumed,
      progress: progress, skipped: report)
    let written = try pipeline.run()
    var manifest = try Self.manifest(store.begin(), folder: folder, jobs: jobs.filter(\.isComplete) + written)
    if manifest.hasLastBlock {
      try source.writeLastBlock(to: folder + "/" + LastBlock.fileName)
      manifest.lastBlock = try LastBlock(in: folder)
    }
    try store.finish(manifest)
    return Summary(
      manifest: manifest, processed: plan.count - resumed, resumed: resumed,
      seconds: (clock.now - start).seconds, firstFeatures: pipeline.firstFeatures)
  }

  static func unreadable(_ file: StoreManifest.SkippedFile) -> MISTError {
    MISTError(
      .extractUnreadableImage, file: file.file, "\(file.reason) (\(file.code))",
      advice: "repair or remove it, or extract without --strict")
  }

  /// The manifest with its results, hashes taken from the shards as they were when they were written.
  private static func manifest(
    _ plan: StoreManifest, folder: String, jobs: [ShardJob]
  ) throws -> StoreManifest {
    var manifest = plan
    for i in manifest.splits.indices {
      let own = jobs.filter { $0.schema.split.name == manifest.splits[i].name }.sorted { $0.first < $1.first }
      manifest.splits[i].skipped = own.flatMap(\.skipped)
      manifest.splits[i].counts = own.reduce(into: SplitCounts()) { $0 += $1.counts }
      manifest.splits[i].shards = try own.map { job in
        guard let status = try FileStatus(folder + "/" + job.file) else {
          throw MISTError(
            .fileNotFound, file: folder + "/" + job.file, "the shard was written, and has gone since")
        }
        return StoreManifest.Shard(
          file: job.file, first: job.first, listed: job.listed, count: job.listed - job.skipped.count,
          bytes: status.size, sha256: job.sha256)
      }
    }
    guard manifest.splits.contains(where: { $0.count > 0 }) else {
      let first = manifest.splits.flatMap(\.skipped).first
      throw MISTError(
        .extractNothingReadable, file: first?.file,
        "none of the images can be read: \(first?.reason ?? "there are none")")
    }
    for split in manifest.splits where split.count > 0 && split.counts.unlabelled == split.count {
      throw MaskTarget.unlabelled(
        split.name, "\(split.count) samples, as the model's input shows them,", manifest)
    }
    return manifest
  }
}
