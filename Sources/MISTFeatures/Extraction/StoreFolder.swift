import Foundation
import MISTFormats

/// The folder that an extraction writes: what is there already, and what must go. `plan.json` marks unfinished work; it
/// is written first and removed after `manifest.json` is in place.
final class StoreFolder {
  static let planName = "plan.json"

  let path: String
  /// The manifest of a finished extraction with the same plan.
  let finished: StoreManifest?
  /// The plan as first written: only the name of the model's file may differ from the caller's, and the version, in which
  /// an earlier mist began.
  let plan: StoreManifest
  private let lock: FolderLock

  /// Creates or enters the folder and locks it against other processes; leftovers of killed ones are removed.
  /// Throws `extract.different-store`, `extract.folder-not-empty`, `extract.folder-busy`, `file.write-failed`.
  init(path: String, plan: ExtractionPlan) throws {
    self.path = path
    try Folders.make(path)
    lock = try FolderLock(path: path)
    let entries = try Self.removeTemporaries(in: path, plan.manifest)
    if entries.contains(StoreManifest.fileName) {
      let manifest = try StoreManifest.read(folder: path)
      try Self.compare(plan, with: manifest, path)
      finished = manifest
      self.plan = manifest
      try Self.removePlan(in: path)
    } else if entries.contains(Self.planName) {
      let found = try Self.readPlan(path)
      try Self.compare(plan, with: found, path)
      finished = nil
      self.plan = found
    } else {
      guard entries.isEmpty else {
        throw MISTError(
          .extractFolderNotEmpty, file: path,
          "the folder holds other things, such as '\(entries.min() ?? "")'",
          advice: "choose a new or empty folder")
      }
      let text = try StoreManifest.json(plan.manifest, pretty: true)
      try text.withUnsafeBytes { try AtomicFile.write($0, to: path + "/" + Self.planName) }
      finished = nil
      self.plan = plan.manifest
    }
  }

  /// Puts the manifest in place, which completes the store.
  func finish(_ manifest: StoreManifest) throws {
    let text = try StoreManifest.json(manifest, pretty: true) + [0x0A]
    try text.withUnsafeBytes { try AtomicFile.write($0, to: path + "/" + StoreManifest.fileName) }
    try Self.removePlan(in: path)
  }

  private static func readPlan(_ path: String) throws -> StoreManifest {
    do {
      return try StoreManifest.decode(try MappedFile.contents(of: path + "/" + planName))
    } catch let error as MISTError {
      throw error.inFile(path + "/" + planName)
    }
  }

  private static func compare(_ plan: ExtractionPlan, with found: StoreManifest, _ path: String) throws {
    let own = try plan.manifest(version: found.version) ?? plan.manifest
    guard let difference = own.difference(from: found) else { return }
    throw MISTError(
      .extractDifferentStore, file: path, "it holds the features of another extraction: \(difference)",
      advice: "choose another folder, or delete this one")
  }

  private static func removePlan(in path: String) throws {
    guard unlink(path + "/" + planName) == 0 || errno == ENOENT else {
      throw MISTError(.fileWriteFailed, file: path + "/" + planName, "cannot be removed")
    }
  }

  /// Removes the hidden files of `AtomicFile` that a killed extraction left. Returns the other entries' names.
  private static func removeTemporaries(in path: String, _ plan: StoreManifest) throws -> [String] {
    let entries = try FolderEntries(path).names
    let targets = [planName, StoreManifest.fileName] + plan.splitNames.map { $0 + "-" }
    return entries.filter { entry in
      guard entry.hasSuffix(".tmp"), targets.contains(where: { entry.hasPrefix("." + $0) }) else {
        return true
      }
      unlink(path + "/" + entry)
      return false
    }
  }
}
