import MISTEdge
import MISTModels

/// The plan's hash is over everything that decides the store's bytes. File sizes stand for the files' contents, which are
/// too much to read before starting.
extension ExtractionPlan {
  /// Keys without a value are left out, which makes this the identity of every version that is read.
  private struct Identity: Encodable {
    let format: String
    let version: Int
    var task: FeatureTask?
    let model: String
    let gather: [Int]
    let final: Bool
    var blocks: [Int]?
    let layerTokens: LayerTokens?
    let dtype: StoredType
    var precision: Precision?
    let calibration: Calibration?
    var checksums: Bool?
    var tokens: Int?
    var channels: Int?
    var levels: [MapLevel]?
    let masks: StoreManifest.Masks?
    let views: StoreManifest.Views?
    let preprocessing: Preprocessing
    let classes: [String]
    let filesPerShard: Int
    let files: [[String]]
    let labels: [[Int]]?
    let annotations: [[String]]?
    let sizes: [[Int]]
    let annotationSizes: [[Int]]?
  }

  static func hash(_ manifest: StoreManifest, _ splits: [SampleSplit]) throws -> String {
    func listed<Value>(_ lists: [[Value]]) -> [[Value]]? {
      lists.allSatisfy(\.isEmpty) ? nil : lists
    }
    var identity = Identity(
      format: StoreManifest.formatName, version: manifest.version, model: manifest.model.hash,
      gather: manifest.gather, final: manifest.final, layerTokens: manifest.layerTokens,
      dtype: manifest.dtype, calibration: manifest.calibration, masks: manifest.masks,
      views: manifest.views, preprocessing: manifest.preprocessing, classes: manifest.classes,
      filesPerShard: manifest.filesPerShard, files: splits.map(\.files), labels: listed(splits.map(\.labels)),
      annotations: listed(splits.map(\.masks)), sizes: splits.map(\.sizes),
      annotationSizes: listed(splits.map(\.maskSizes)))
    if manifest.precision != .f32 { identity.precision = manifest.precision }
    if manifest.checksums { identity.checksums = true }
    if !manifest.blocks.isEmpty { identity.blocks = manifest.blocks }
    if manifest.version > 1 { identity.task = manifest.task }
    switch manifest.layout {
    case .tokens(let count, let channels): (identity.tokens, identity.channels) = (count, channels)
    case .maps(let levels): identity.levels = levels
    }
    return try StoreManifest.hash(of: identity)
  }
}
