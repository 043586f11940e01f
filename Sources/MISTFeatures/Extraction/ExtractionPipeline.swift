import Foundation
import MISTFormats
import MISTVision

/// The threads of one extraction. Images are handed out in listed order, each with all of its views that lie in one
/// shard; the thread that completes a shard writes it.
/// At most a few shards are open at a time, which bounds memory. All mutable state is guarded by `condition`.
final class ExtractionPipeline: @unchecked Sendable {
  /// A shard being filled.
  private final class OpenJob {
    var job: ShardJob
    let buffer: ShardBuffer
    var remaining: Int
    init(job: ShardJob, buffer: ShardBuffer) {
      (self.job, self.buffer, remaining) = (job, buffer, job.listed)
    }
  }

  private let extraction: Extraction
  private let store: StoreFolder
  private let jobs: [ShardJob]
  private let total: Int
  private let resumed: Int
  private let progress: @Sendable (Extraction.Progress) -> Void
  private let report: @Sendable (StoreManifest.SkippedFile) -> Void
  private let start = ContinuousClock.now
  private let largestOpen: Int

  private let condition = NSCondition()
  private var nextJob = 0
  private var nextSlot = 0
  private var current: OpenJob?
  private var openCount = 0
  private var spare: [ShardBuffer] = []
  private var done: Int
  private var written: [ShardJob] = []
  private var hasFailed = false
  /// When the first image's were there. To be read when `run` has ended.
  private(set) var firstFeatures: ContinuousClock.Instant?

  init(
    _ extraction: Extraction, store: StoreFolder, jobs: [ShardJob], resumed: Int,
    progress: @escaping @Sendable (Extraction.Progress) -> Void,
    skipped report: @escaping @Sendable (StoreManifest.SkippedFile) -> Void
  ) {
    self.extraction = extraction
    self.store = store
    self.jobs = jobs
    self.resumed = resumed
    total = extraction.plan.count
    done = resumed
    self.progress = progress
    self.report = report
    // Enough for every thread to have work while one shard waits for its slowest image.
    let perShard = store.plan.filesPerShard
    largestOpen = 1 + max(1, (extraction.threads + perShard - 1) / perShard)
  }

  /// Runs all jobs; returns them with what was skipped. Throws the first error of any thread after all have ended.
  func run() throws -> [ShardJob] {
    let preprocessor = try Preprocessor(store.plan.preprocessing)
    let count = min(extraction.threads, jobs.reduce(0) { $0 + $1.listed })
    try WorkerPool.run(count) { _ in try work(preprocessor) }
    return written
  }

  private func work(_ preprocessor: Preprocessor) throws {
    do {
      let worker = try ImageWorker(extraction, preprocessor)
      while let (open, slots) = take() {
        let job = open.job
        var flaw: UnreadableImage?
        do {
          try worker.open(job.sample(of: slots.lowerBound), of: job.splitNumber)
        } catch let error as UnreadableImage {
          flaw = error
        }
        for slot in slots {
          let unread = try extract(open, slot, worker, flaw)
          try complete(open, unread, unread == nil ? Self.counts(worker, job, slot) : SplitCounts())
        }
      }
    } catch {
      stop()
      throw error
    }
  }

  /// What the sample in `slot`, the last that `worker` computed, adds to its split's counts; an image counts once.
  private static func counts(_ worker: ImageWorker, _ job: ShardJob, _ slot: Int) -> SplitCounts {
    let views = job.schema.split.views
    var counts = SplitCounts()
    if worker.isOriented, views.isEmpty || views[job.first + slot] == 0 { counts.oriented = 1 }
    if worker.isUnlabelled { counts.unlabelled = 1 }
    return counts
  }

  /// Fills a slot with a view of the image that `worker` has open; what is wrong with it, if anything.
  private func extract(
    _ open: OpenJob, _ slot: Int, _ worker: ImageWorker, _ flaw: UnreadableImage?
  ) throws -> StoreManifest.SkippedFile? {
    let (index, split) = (open.job.first + slot, open.job.schema.split)
    do {
      if let flaw { throw flaw }
      try worker.extract(index, of: split)
    } catch let error as UnreadableImage {
      let file = error.skipped(split.files[index], index: index)
      guard !extraction.strict else { throw Extraction.unreadable(file) }
      return file
    }
    do {
      try worker.store(in: open.buffer, slot: slot)
    } catch let error as MISTError {
      throw error.inFile(split.files[index])
    }
    return nil
  }

  /// The next slots to fill, the views of one image; nil when there are none or the extraction has failed.
  private func take() -> (OpenJob, slots: Range<Int>)? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      guard !hasFailed else { return nil }
      if let open = current {
        let slot = nextSlot
        let sample = open.job.sample(of: slot)
        while nextSlot < open.job.listed, open.job.sample(of: nextSlot) == sample { nextSlot += 1 }
        if nextSlot == open.job.listed { current = nil }
        return (open, slot..<nextSlot)
      }
      guard nextJob < jobs.count else { return nil }
      if openCount < largestOpen {
        let job = jobs[nextJob]
        let buffer = spare.popLast() ?? ShardBuffer(job.schema, capacity: largestShard)
        current = OpenJob(job: job, buffer: buffer)
        nextJob += 1
        nextSlot = 0
        openCount += 1
      } else {
        condition.wait()
      }
    }
  }

  private var largestShard: Int { jobs.map(\.listed).max() ?? 0 }

  /// Counts a slot as filled or skipped, and writes the shard when it was the last.
  private func complete(
    _ open: OpenJob, _ unread: StoreManifest.SkippedFile?, _ counts: SplitCounts
  ) throws {
    condition.lock()
    if firstFeatures == nil, unread == nil { firstFeatures = .now }
    open.job.counts += counts
    if let unread { open.job.skipped.append(unread) }
    open.remaining -= 1
    done += 1
    let last = open.remaining == 0
    let now = done
    let failed = hasFailed
    condition.unlock()

    if let unread { report(unread) }
    let seconds = (ContinuousClock.now - start).seconds
    progress(
      Extraction.Progress(done: now, total: total, rate: seconds > 0 ? Double(now - resumed) / seconds : 0))
    // The plan is on disk as soon as there is something that a kill would lose.
    if now == resumed + 1 { _ = try store.begin() }
    guard last, !failed else { return }
    try extraction.source.confirm()
    // Threads finish in any order; the file must not depend on it.
    open.job.skipped.sort { $0.index < $1.index }
    let path = store.path + "/" + open.job.file
    try open.buffer.write(
      open.job.schema(in: store.begin()), path: path, first: open.job.first, listed: open.job.listed,
      skipped: open.job.skipped, counts: open.job.counts)
    open.job.sha256 = try ContentHash.of(file: path)
    try store.journal.add(open.job.file, hash: open.job.sha256)
    open.job.isComplete = true

    condition.lock()
    written.append(open.job)
    spare.append(open.buffer)
    openCount -= 1
    condition.broadcast()
    condition.unlock()
  }

  /// Wakes whoever waits, to end.
  private func stop() {
    condition.lock()
    hasFailed = true
    condition.broadcast()
    condition.unlock()
  }
}
