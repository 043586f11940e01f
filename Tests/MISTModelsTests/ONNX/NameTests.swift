import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

struct NameTests {
  @Test(arguments: [
    ("/blocks/blocks.0/attn/qkv/MatMul", "blocks.0.attn.qkv"),
    ("/encoder/layer.0/attention/attention/query/MatMul", "encoder.layer.0.attention.attention.query"),
    ("/vit/encoder/layer.11/output/dense/MatMul_1", "vit.encoder.layer.11.output.dense"),
    ("/features/features.0/features.0.1/Conv", "features.0.1"),
    ("/norm/LayerNormalization", "norm"),
    ("/MatMul", nil), ("MatMul_12", nil), ("", nil), ("/", nil),
  ])
  func scope(_ path: String, _ module: String?) {
    #expect(ScopeName.module(path: path) == module)
  }

  @Test(arguments: [
    "onnx::MatMul_2057", "1204", "/blocks/Constant_output_0", "val_17", "Constant_3", "",
  ])
  func anonymous(_ name: String) { #expect(ParameterName.isAnonymous(name)) }

  @Test(arguments: ["blocks.0.attn.qkv.weight", "cls_token", "stage_1", "layer_norm_2.weight", "val"])
  func kept(_ name: String) { #expect(!ParameterName.isAnonymous(name)) }

  @Test func weightBesideBias() {
    #expect(ParameterName.weight(besideBias: "blocks.0.attn.qkv.bias") == "blocks.0.attn.qkv.weight")
    #expect(ParameterName.weight(besideBias: "attn.in_proj_bias") == "attn.in_proj_weight")
    #expect(ParameterName.weight(besideBias: "pos_embed") == nil)
  }

  @Test(arguments: [1, 2, 4, 8]) func transpose(size: Int) {
    let (rows, columns) = (37, 70)
    let source = (0..<rows * columns * size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var target = [UInt8](repeating: 0, count: source.count)
    source.withUnsafeBytes { from in
      target.withUnsafeMutableBytes {
        MatrixTranspose.run(from, rows: rows, columns: columns, size: size, into: $0)
      }
    }
    var plain: [UInt8] = []
    for column in 0..<columns {
      for row in 0..<rows {
        plain += source[(row * columns + column) * size..<(row * columns + column + 1) * size]
      }
    }
    #expect(target == plain)
  }
}

struct RecoveryErrorTests {
  @Test(arguments: [
    ("unnamed-weight", ErrorCode.onnxUnnamedWeight, "MatMul_9"),
    ("unnamed-embedding", .onnxUnnamedEmbedding, "/Add"),
    ("unnamed-constant", .onnxUnnamedConstant, "Mul_9"),
    ("ambiguous-weight", .onnxAmbiguousWeight, "/blocks/blocks.0/attn/proj/MatMul_1"),
    ("weight-shape", .onnxWeightShape, "/blocks/blocks.0/attn/proj/MatMul"),
    ("scaled-product", .onnxScaledProduct, "/blocks/blocks.0/attn/proj/Gemm"),
    ("duplicate-value", .onnxDuplicateValue, "Sqrt_9"),
  ])
  func malformed(_ file: String, _ code: ErrorCode, _ node: String) throws {
    let path = Fixture.path("malformed/onnx-names/\(file).onnx")
    let onnx = try ONNXArchive(path: path)
    #expect {
      try RecoveredArchive(onnx)
    } throws: { error in
      let error = try #require(error as? MISTError)
      return error.code == code && error.file == path && error.place == "node " + node
    }
  }

  /// Graphs whose names say one thing and whose dataflow another, and what tools have made of models.
  @Test(arguments: [
    ("segformer-exchanged", ErrorCode.convertGraphMismatch), ("segformer-residual", .onnxUnknownStructure),
    ("segformer-quantised", .onnxQuantised), ("segformer-machine-layout", .onnxMachineLayout),
  ])
  func namesAreNotEnough(_ file: String, _ code: ErrorCode) {
    let path = Fixture.path("malformed/onnx-names/\(file).onnx")
    let error = #expect(throws: MISTError.self) { _ = try Conversion(ModelSource(path: path)) }
    #expect(error?.code == code, "\(String(describing: error))")
  }

  /// Every reader of a value would walk it.
  @Test func aLongChainOfIdentityNodesIsRefused() throws {
    let onnx = try ONNXArchive(path: Fixture.path("malformed/onnx-names/identity-chain.onnx"))
    #expect {
      try RecoveredArchive(onnx)
    } throws: {
      ($0 as? MISTError)?.code == .onnxIdentityChain
    }
  }

  @Test func absentParameter() throws {
    let recovered = try RewrittenModel(fixture: "timm-vit").recovered()
    #expect { try recovered.bytes("blocks.0.attn.qkv.wieght") } throws: {
      ($0 as? MISTError)?.code == .tensorNotFound
    }
  }

  /// Beyond the backbone's last norm an anonymous weight is no error; it is listed.
  @Test func anonymousHeadIsUnused() throws {
    let model = try RewrittenModel(fixture: "timm-vit").losingNames { $0.hasPrefix("head.") }
    let scopeless = try model.withoutScopes().recovered()
    #expect(scopeless.info("head.weight") == nil)
    #expect(
      scopeless.unused.contains {
        scopeless.info($0) == nil && model.withoutScopes().archive.info($0)?.shape == [5, 24]
      })
  }
}
