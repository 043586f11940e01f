import Foundation
import Testing

/// What is said of one architecture is said in its folders: no file but a registry knows two.
@Suite struct ArchitectureTests {
  static let architectures = ["ViT", "SegFormer", "DINOv3"]

  /// The files that may name several, because naming them is what they are for.
  static let registries: Set<String> = ["MISTModels/Architecture.swift", "MISTBackbone/Backbones.swift"]

  /// What an architecture is made of beside its own parts.
  static let buildsOn: [String: Set<String>] = ["DINOv3": ["ViT"]]

  /// The architectures that a file may name together: in an architecture's folder its own and what that builds on.
  static func allowed(_ path: String) -> Set<String>? {
    architectures.first { path.contains("/Architectures/\($0)/") || path.hasPrefix("MISTBackbone/\($0)/") }
      .map { buildsOn[$0, default: []].union([$0]) }
  }

  /// The architectures whose names stand in code.
  static func known(in code: String) -> Set<String> {
    let words = Set(code.matches(of: #/[A-Za-z_][A-Za-z0-9_]*/#).map { String($0.0) })
    return Set(
      architectures.filter { name in
        words.contains { word in
          if word.lowercased() == name.lowercased() { return true }
          // A short name counts as the beginning of a word in camel case, a long one anywhere.
          guard name.count > 3 else {
            return word.range(of: "(^|[a-z0-9_])\(name)([A-Z0-9_]|$)", options: .regularExpression) != nil
              || word.hasPrefix(name.lowercased() + "_")
              || word.range(of: "^vit[A-Z]", options: .regularExpression) != nil
          }
          return word.lowercased().contains(name.lowercased())
        }
      })
  }

  @Test func noFileButARegistryKnowsTwoArchitectures() {
    for file in SourceTree.files where !Self.registries.contains(file.path) {
      let known = Self.known(in: file.code)
      let strange = Self.allowed(file.path).map { known.subtracting($0) } ?? (known.count > 1 ? known : [])
      #expect(strange == [], "\(file.path) knows \(known.sorted().joined(separator: ", "))")
    }
  }

  @Test func registriesExist() {
    #expect(Self.registries.subtracting(SourceTree.files.map(\.path)) == [])
  }

  @Test(arguments: [
    ("let a = ViTModel(), b = SegFormerModel()", 2), ("case vit, segformer", 2),
    ("case .vit: vitBackbone()", 1),
    ("\"segformer\" \"vit\"", 2), ("let dinov3 = DINOv3Names()", 1), ("invite(activity, gravitas)", 0),
    ("// ViT and SegFormer\nlet a = 1", 0), ("/// SegFormer\nlet a: ViTModel", 1),
    ("Option(help: \"ViT or SegFormer\")", 0), ("let a = isViT || segformerHead != nil", 2),
  ])
  func namesAreSeenInCode(text: String, count: Int) {
    #expect(Self.known(in: SourceFile.stripped(text)).count == count)
  }
}
