import Foundation
import MISTFormats

/// What decides a feature's last bits besides the plan: another library or processor rounds differently.
package struct Computation: Codable, Hashable, Sendable {
  /// The library of the matrix products, such as `oneDNN 2.7.3`.
  package var backend: String
  /// The type that is computed in, such as `f32`.
  package var precision: String
  /// The vector instructions, such as `avx512`.
  package var instructions: String

  package init(backend: String, precision: String, instructions: String) {
    (self.backend, self.precision, self.instructions) = (backend, precision, instructions)
  }

  var text: String { "\(backend) in \(precision) with \(instructions)" }
}

/// `plan.json` of a store that is being made: the manifest without results, and how features are computed.
struct BegunPlan: Encodable {
  static let fileName = "plan.json"

  let manifest: StoreManifest
  /// Earlier versions did not say.
  let computation: Computation?

  private enum Keys: String, CodingKey { case computation }

  init(_ plan: ExtractionPlan) { (manifest, computation) = (plan.manifest, plan.computation) }

  /// Throws `extract.plan-damaged`, `features.wrong-format`, `features.unsupported-version`, `file.unreadable`.
  init(folder: String) throws {
    struct Additions: Decodable { let computation: Computation? }
    let path = folder + "/" + Self.fileName
    do {
      let bytes = try MappedFile.contents(of: path)
      manifest = try StoreManifest.decode(bytes)
      computation = try StoreManifest.decode(Additions.self, from: Data(bytes)).computation
    } catch let error as MISTError where error.code == .featuresManifestInvalid {
      throw MISTError(
        .extractPlanDamaged, file: path, at: error.place,
        "it is not what mist extract wrote: \(error.problem)",
        advice: "delete the folder, and extract again")
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  func encode(to encoder: any Encoder) throws {
    try manifest.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encodeIfPresent(computation, forKey: .computation)
  }

  /// The work that was begun, as `plan` says it: nothing is taken from the file but its version, the name of the model's file and
  /// how the precision was chosen.
  /// Throws `extract.different-store` for other work, `extract.plan-damaged` where the file was changed.
  func resumed(as plan: ExtractionPlan, _ folder: String) throws -> StoreManifest {
    var own = try plan.manifest(version: manifest.version) ?? plan.manifest
    try own.check(sameWorkAs: manifest, folder)
    if let computation, let ours = plan.computation, computation != ours {
      throw StoreManifest.differentStore(
        folder, "it was begun by \(computation.text), not \(ours.text), which rounds differently",
        advice: "go on where it began, choose another folder, or delete this one")
    }
    own.model.source = manifest.model.source
    own.precisionChoice = manifest.precisionChoice
    guard own == manifest else {
      throw MISTError(
        .extractPlanDamaged, file: folder + "/" + Self.fileName,
        "it was changed since mist extract wrote it", advice: "delete the folder, and extract again")
    }
    return own
  }
}
