import Foundation
import Testing

/// Arrows point up one list: a target imports only what stands above it.
@Suite struct ImportTests {
  /// The list, lowest layer first; targets of one row do not know each other.
  static let layers: [Set<String>] = [
    ["MISTEdge"],
    [
      "CMISTEdge", "MISTKernels", "MISTLimits", "CEdgeIO", "CEdgeSystem", "COneDNN", "COnnxProto", "CPNGShim",
      "CCrypto",
      "COpenBLAS",
      "CPNG",
      "CProtobufC", "CRename", "CTurboJPEG", "CZip", "CZlib",
    ],
    ["MISTEdgeKernels"], ["MISTEdgeC"],
    ["MISTFormats"], ["MISTModels"], ["MISTBackbone"], ["MISTVision"], ["MISTFeatures"], ["MISTTuning"],
    ["MISTBundle"], ["MISTInference"],
    // Signal handlers are an executable's, so the row stands below every library.
    ["CProcess"], ["mist", "mist-edge", "mist-serve"],
  ]

  /// Modules from outside, and who may use them; nil is every target that is not embedded.
  static let outside: [String: Set<String>?] = [
    "Foundation": nil, "Synchronization": nil, "Dispatch": nil, "Glibc": nil, "Musl": nil, "Darwin": nil,
    "ArgumentParser": ["mist", "mist-serve"],
  ]

  /// What the list allows and a target's purpose forbids.
  static let forbidden: [String: Set<String>] = [
    // Trains on a device from stored features: the backbone is not there.
    "MISTTuning": ["MISTBackbone"],
    // The runtime: nothing of the host.
    "mist-edge": [
      "MISTFormats", "MISTModels", "MISTFeatures", "MISTTuning", "MISTBundle", "MISTInference", "Foundation",
    ],
  ]

  /// Why `target` may not import `module`, or nil.
  static func problem(_ target: String, imports module: String) -> String? {
    guard let place = layers.firstIndex(where: { $0.contains(target) }) else {
      return "\(target) is not in the list"
    }
    if target == "MISTEdge" { return "MISTEdge imports nothing, and here \(module)" }
    if forbidden[target]?.contains(module) == true { return "\(target) must not import \(module)" }
    if let layer = layers.firstIndex(where: { $0.contains(module) }) {
      // Shims may wrap one another.
      return layer < place || (layer == place && layer == 1)
        ? nil : "\(target) imports \(module), which stands below it in the list"
    }
    guard let users = outside[module] else { return "\(target) imports \(module), which no list names" }
    return users?.contains(target) == false ? "\(target) must not import \(module)" : nil
  }

  /// The modules that Swift source imports.
  static func imports(_ code: String) -> [String] {
    let pattern =
      #/(?m)^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/#
    return code.matches(of: pattern).map { String($0.1) }
  }

  @Test func noTargetImportsOneBelowIt() {
    let swift = SourceTree.files.filter { $0.path.hasSuffix(".swift") }
    #expect(swift.count > 300)
    for file in swift {
      for module in Self.imports(file.code) {
        let problem = Self.problem(file.target, imports: module)
        #expect(problem == nil, "\(file.path): \(problem ?? "")")
      }
    }
  }

  @Test func everyTargetStandsInTheList() {
    let listed = Self.layers.reduce(into: Set()) { $0.formUnion($1) }
    #expect(Set(SourceTree.files.map(\.target)).subtracting(listed) == [])
  }

  @Test(arguments: [
    ("MISTModels", "MISTTuning"), ("MISTTuning", "MISTBackbone"), ("MISTEdge", "Foundation"),
    ("MISTFormats", "MISTModels"), ("MISTBundle", "MISTInference"), ("MISTFeatures", "ArgumentParser"),
    ("MISTModels", "XCTest"), ("MISTNew", "MISTEdge"), ("mist-edge", "MISTFormats"), ("mist", "mist-edge"),
    ("MISTFormats", "CProcess"), ("MISTInference", "CProcess"),
  ])
  func aForbiddenImportIsSeen(target: String, module: String) {
    #expect(Self.problem(target, imports: module) != nil)
  }

  @Test func importsAreFoundHoweverTheyAreWritten() {
    let code =
      "import A\n  @testable import B\npublic import C\nimport struct D.E\n@_spi(X) import F\nlet important = 1\n"
    #expect(Self.imports(code) == ["A", "B", "C", "D", "F"])
    let hidden = SourceFile.stripped(
      "// import A\n/* import B */\nlet text = \"\"\"\nimport C\n\"\"\"\nimport D\n")
    #expect(Self.imports(hidden) == ["D"])
  }
}
