import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// Recovered parameters against the same model's own safetensors file, byte for byte.
struct RecoveredParametersTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let fixture: String
    /// Released (safetensors) names → names of the modules that were exported, as substrings.
    var renames: [(String, String)] = []
    /// Parameters that the exported computation does not use.
    var absent: Set<String> = []
    var testDescription: String { fixture }

    func exported(_ released: String) -> String {
      renames.reduce(released) { name, rename in
        guard let range = name.range(of: rename.0) else { return name }
        return name.replacingCharacters(in: range, with: rename.1)
      }
    }
  }

  private static let attention = [
    ("attention.attention.query", "attention.q_proj"), ("attention.attention.key", "attention.k_proj"),
    ("attention.attention.value", "attention.v_proj"), ("attention.output.dense", "attention.o_proj"),
  ]

  static let cases = [
    Case(fixture: "timm-vit"),
    Case(fixture: "timm-dinov2-reg"),
    Case(fixture: "timm-prenorm", renames: [("module.backbone.", "")]),
    Case(
      fixture: "hf-vit",
      renames: attention + [
        ("encoder.layer.", "layers."), ("intermediate.dense", "mlp.fc1"), ("output.dense", "mlp.fc2"),
      ], absent: ["pooler.dense.weight", "pooler.dense.bias"]),
    Case(fixture: "hf-dinov2", renames: attention, absent: ["embeddings.mask_token"]),
    Case(
      fixture: "hf-dinov2-registers", renames: attention,
      // Exported as two products each; the released file holds them stacked.
      absent: Set(
        ["embeddings.mask_token"]
          + (0..<3).flatMap { i in
            ["weights_in.weight", "weights_in.bias", "weights_out.weight", "weights_out.bias"].map {
              "encoder.layer.\(i).mlp.\($0)"
            }
          })),
  ]

  private func check(_ recovered: RecoveredArchive, _ c: Case) throws {
    let released = try SafetensorsArchive(path: Fixture.path("vit/\(c.fixture)/model.safetensors"))
    var compared = 0
    for tensor in released.tensors where !c.absent.contains(tensor.name) {
      let name = c.exported(tensor.name)
      let info = try #require(recovered.info(name), "\(tensor.name) was not recovered as \(name)")
      #expect(info.shape == tensor.shape, "\(name)")
      #expect(info.dtype == tensor.dtype, "\(name)")
      #expect(try recovered.bytes(name) == released.bytes(tensor.name), "\(name)")
      compared += 1
    }
    #expect(compared == released.tensors.count - c.absent.count)
  }

  @Test(arguments: cases) func asExported(_ c: Case) throws {
    let recovered = try RecoveredArchive(ONNXArchive(path: Fixture.path("vit/\(c.fixture)/model.onnx")))
    try check(recovered, c)
    #expect(!recovered.notes.isEmpty)
    #expect(Set(recovered.tensors.map(\.name)).count == recovered.tensors.count)
    #expect(recovered.tensors.allSatisfy { !ParameterName.isAnonymous($0.name) })
  }

  /// Without scopes only biases, and for the model without q, k, v bias the dataflow, tell the products apart.
  @Test(arguments: cases) func withoutScopes(_ c: Case) throws {
    try check(RewrittenModel(fixture: c.fixture).withoutScopes().recovered(), c)
  }

  /// With scopes only: not one parameter keeps its name.
  @Test(arguments: cases) func withoutNames(_ c: Case) throws {
    try check(RewrittenModel(fixture: c.fixture).losingNames { _ in true }.recovered(), c)
  }

  /// Exporters merge equal tensors and give the others' names to Identity nodes.
  @Test func identityKeepsBothNames() throws {
    let identity = ONNXGraph.Node(
      name: "Identity_0", opType: "Identity", domain: "", inputs: ["blocks.0.norm1.weight"],
      outputs: ["blocks.2.norm2.weight"], attributes: [:])
    let recovered = try RewrittenModel(fixture: "timm-vit").dropping("blocks.2.norm2.weight").prepending(
      identity
    )
    .recovered()
    #expect(recovered.info("blocks.2.norm2.weight")?.shape == [24])
    #expect(try recovered.bytes("blocks.2.norm2.weight") == recovered.bytes("blocks.0.norm1.weight"))
    #expect(recovered.hints.epsilons["blocks.2.norm2"] == 1e-6)
  }

  /// Simplifiers merge equal tensors and leave no trace of the others' names but the scopes.
  @Test func mergedTensorsAreToldApartByScope() throws {
    var model = try RewrittenModel(fixture: "timm-vit")
    for (merged, into) in [
      ("blocks.2.norm2.weight", "blocks.0.norm1.weight"),
      ("blocks.1.attn.proj.bias", "blocks.0.attn.proj.bias"),
    ] {
      model = model.reading(into, insteadOf: merged).dropping(merged)
    }
    let original = try RewrittenModel(fixture: "timm-vit").recovered()
    // Where there are no scopes either, the block's other names and the dataflow still do.
    for recovered in [try model.recovered(), try model.withoutScopes().recovered()] {
      #expect(Set(recovered.tensors.map(\.name)) == Set(original.tensors.map(\.name)))
      #expect(try recovered.bytes("blocks.2.norm2.weight") == original.bytes("blocks.0.norm1.weight"))
      #expect(try recovered.bytes("blocks.1.attn.proj.bias") == original.bytes("blocks.0.attn.proj.bias"))
      for block in 0..<3 {
        let name = "blocks.\(block).attn.proj.weight"
        #expect(try recovered.bytes(name) == original.bytes(name))
      }
    }
  }

  /// A block whose layers all share one bias name, in a graph without scopes, cannot be told from another by names. The
  /// dataflow tells them; where it is not understood either, the error is the names'.
  @Test func nothingToGoBy() throws {
    var model = try RewrittenModel(fixture: "timm-vit")
    for merged in ["blocks.1.norm1.weight", "blocks.1.norm1.bias", "blocks.1.attn.qkv.bias"] {
      let into = merged.replacingOccurrences(of: "blocks.1", with: "blocks.0")
      model = model.reading(into, insteadOf: merged).dropping(merged)
    }
    #expect(try model.recovered().info("blocks.1.attn.qkv.weight") != nil)
    let bare = model.withoutScopes()
    let told = try bare.recovered()
    #expect(told.canonical?.name == "onnx-dataflow")
    #expect(
      try told.bytes("blocks.1.attn.qkv.weight") == model.recovered().bytes("blocks.1.attn.qkv.weight"))
    let other = bare.replacing(operator: "Softmax", by: "Relu")
    let error = #expect(throws: MISTError.self) { _ = try other.recovered().tensors.count }
    #expect(error?.code == .onnxUnnamedWeight)
    #expect(error?.place?.hasPrefix("node MatMul_") == true)
  }
}
