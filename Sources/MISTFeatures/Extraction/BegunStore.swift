import MISTFormats

/// A store in a folder, whether its extraction has ended or not.
package enum BegunStore {
  /// What the store in `folder` says of itself; nil where none was begun there. Whether it is the work that is wanted, an extraction
  /// into the folder finds out.
  /// Throws what reading a manifest throws, and `extract.plan-damaged`.
  package static func manifest(in folder: String) throws -> StoreManifest? {
    if FeatureStore.exists(at: folder) { return try StoreManifest.read(folder: folder) }
    guard FileStatus.exists(folder + "/" + BegunPlan.fileName) else { return nil }
    return try BegunPlan(folder: folder).manifest
  }
}
