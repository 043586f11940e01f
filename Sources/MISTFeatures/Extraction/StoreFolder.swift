import Foundation
import MISTFormats
import Synchronization

/// The folder that an extraction writes: what is there already, and what must go. `plan.json` marks unfinished work; it
/// is written before any shard and removed after `manifest.json` is in place.
final class StoreFolder: Sendable {
  let path: String
  /// The manifest of a finished extraction with the same plan.
  let finished: StoreManifest?
  /// The caller's plan, but for the name of the model's file and the version, in which an earlier mist began. Of work that begins here
  /// it has the model's hash once `begin` was called.
  let plan: StoreManifest
  /// The hashes of its shards until it is finished.
  let journal: ShardJournal
  private let lock: FolderLock
  private let begun: Mutex<Begun>

  private enum Begun {
    case not(ExtractionPlan)
    case done(StoreManifest)
  }

  /// Creates or enters the folder and locks it against other processes; leftovers of killed ones are removed.
  /// Throws `extract.different-store`, `extract.plan-damaged`, `extract.folder-not-empty`, `extract.folder-busy`, `file.write-failed`.
  init(path: String, plan: ExtractionPlan) throws {
    self.path = path
    journal = ShardJournal(folder: path)
    try Folders.make(path)
    lock = try FolderLock(path: path)
    let entries = try Self.removeTemporaries(in: path, plan.manifest)
    if entries.contains(StoreManifest.fileName) {
      let plan = try plan.settled()
      let manifest = try StoreManifest.read(folder: path)
      try (plan.manifest(version: manifest.version) ?? plan.manifest).check(sameWorkAs: manifest, path)
      finished = manifest
      self.plan = manifest
      begun = Mutex(.done(manifest))
      try removePlan()
    } else if entries.contains(BegunPlan.fileName) {
      let resumed = try BegunPlan(folder: path).resumed(as: plan.settled(), path)
      self.plan = resumed
      begun = Mutex(.done(resumed))
      finished = nil
    } else {
      guard entries.isEmpty else {
        throw MISTError(
          .extractFolderNotEmpty, file: path,
          "the folder holds other things, such as '\(entries.min() ?? "")'",
          advice: "choose a new or empty folder")
      }
      finished = nil
      begun = Mutex(.not(plan))
      self.plan = plan.manifest
    }
  }

  /// The plan with the model's hash. Called for the first time, by any thread, it waits for the hash and writes `plan.json`.
  /// Throws what computing the hash throws, and `file.write-failed`.
  func begin() throws -> StoreManifest {
    try begun.withLock { begun in
      switch begun {
      case .done(let manifest): return manifest
      case .not(let plan):
        let plan = try plan.settled()
        let text = try StoreManifest.json(BegunPlan(plan), pretty: true)
        try text.withUnsafeBytes { try AtomicFile.write($0, to: path + "/" + BegunPlan.fileName) }
        begun = .done(plan.manifest)
        return plan.manifest
      }
    }
  }

  /// Puts the manifest in place, which completes the store.
  func finish(_ manifest: StoreManifest) throws {
    let text = try StoreManifest.json(manifest, pretty: true) + [0x0A]
    try text.withUnsafeBytes { try AtomicFile.write($0, to: path + "/" + StoreManifest.fileName) }
    try removePlan()
  }

  private func removePlan() throws {
    try journal.remove()
    let file = path + "/" + BegunPlan.fileName
    guard unlink(file) == 0 || errno == ENOENT else {
      let reason = systemMessage()
      throw MISTError(.fileWriteFailed, file: file, "cannot be removed: \(reason)")
    }
  }

  /// Removes the hidden files of `AtomicFile` that a killed extraction left. Returns the other entries' names.
  private static func removeTemporaries(in path: String, _ plan: StoreManifest) throws -> [String] {
    let entries = try FolderEntries(path).names
    let targets =
      [BegunPlan.fileName, StoreManifest.fileName, LastBlock.fileName] + plan.splitNames.map { $0 + "-" }
    return entries.filter { entry in
      guard entry.hasSuffix(".tmp"), targets.contains(where: { entry.hasPrefix("." + $0) }) else {
        return true
      }
      unlink(path + "/" + entry)
      return false
    }
  }
}
