import Foundation
import MISTFormats

/// The folder that an extraction writes: what is there already, and what must go. `plan.json` marks unfinished work; it
/// is written first and removed after `manifest.json` is in place.
final class StoreFolder {
  let path: String
  /// The manifest of a finished extraction with the same plan.
  let finished: StoreManifest?
  /// The caller's plan, but for the name of the model's file and the version, in which an earlier mist began.
  let plan: StoreManifest
  /// The hashes of its shards until it is finished.
  let journal: ShardJournal
  private let lock: FolderLock

  /// Creates or enters the folder and locks it against other processes; leftovers of killed ones are removed.
  /// Throws `extract.different-store`, `extract.plan-damaged`, `extract.folder-not-empty`, `extract.folder-busy`, `file.write-failed`.
  init(path: String, plan: ExtractionPlan) throws {
    self.path = path
    journal = ShardJournal(folder: path)
    try Folders.make(path)
    lock = try FolderLock(path: path)
    let entries = try Self.removeTemporaries(in: path, plan.manifest)
    if entries.contains(StoreManifest.fileName) {
      let manifest = try StoreManifest.read(folder: path)
      try (plan.manifest(version: manifest.version) ?? plan.manifest).check(sameWorkAs: manifest, path)
      finished = manifest
      self.plan = manifest
      try removePlan()
    } else if entries.contains(BegunPlan.fileName) {
      self.plan = try BegunPlan(folder: path).resumed(as: plan, path)
      finished = nil
    } else {
      guard entries.isEmpty else {
        throw MISTError(
          .extractFolderNotEmpty, file: path,
          "the folder holds other things, such as '\(entries.min() ?? "")'",
          advice: "choose a new or empty folder")
      }
      let text = try StoreManifest.json(BegunPlan(plan), pretty: true)
      try text.withUnsafeBytes { try AtomicFile.write($0, to: path + "/" + BegunPlan.fileName) }
      finished = nil
      self.plan = plan.manifest
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
