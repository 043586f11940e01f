import Foundation
import MISTFormats
import TestSupport
import Testing

/// Models written by Python's onnx.
struct ONNXArchiveTests {
  static let types: [(name: String, dtype: DType)] = [
    ("FLOAT", .f32), ("UINT8", .u8), ("INT8", .i8), ("UINT16", .u16), ("INT16", .i16), ("INT32", .i32),
    ("INT64", .i64), ("BOOL", .bool), ("FLOAT16", .f16), ("DOUBLE", .f64), ("UINT32", .u32), ("UINT64", .u64),
    ("BFLOAT16", .bf16), ("FLOAT8E4M3FN", .f8e4m3), ("FLOAT8E5M2", .f8e5m2),
  ]

  @Test(arguments: ["dtypes-raw.onnx", "dtypes-typed.onnx"])
  func everyDataTypeReads(file: String) throws {
    let archive = try ONNXArchive(path: Fixture.path("onnx/" + file))
    for (name, dtype) in Self.types {
      #expect(archive.info(name) == TensorInfo(name: name, dtype: dtype, shape: [2, 3]))
      let values = try archive.withBytes(of: name) { try numbers($0, dtype) }
      #expect(values == [0, 1, 0, 1, 1, 0], "\(name)")
    }
    #expect(archive.info("scalar")?.shape == [])
    #expect(try archive.withBytes(of: "scalar") { try numbers($0, .f32) } == [-2.5])
    #expect(try archive.withBytes(of: "empty") { $0.count } == 0)
    let negative = try archive.withBytes(of: "negative") { try numbers($0, .i32) }
    #expect(negative == [-1, -2_147_483_648, 2_147_483_647])
    #expect(try archive.withBytes(of: "negative8") { try numbers($0, .i8) } == [-128, 127])
  }

  @Test func textTensorsFailOnlyWhenRead() throws {
    let archive = try ONNXArchive(path: Fixture.path("onnx/dtypes-raw.onnx"))
    #expect(archive.unsupported == ["text": "STRING"])
    #expect(archive.info("text") == nil)
    let error = #expect(throws: MISTError.self) { try archive.withBytes(of: "text") { _ in } }
    #expect(error?.code == .onnxUnsupportedDataType)
    let absent = #expect(throws: MISTError.self) { try archive.withBytes(of: "absent") { _ in } }
    #expect(absent?.code == .tensorNotFound)
  }

  @Test func externalDataReads() throws {
    let archive = try ONNXArchive(path: Fixture.path("onnx/external.onnx"))
    #expect(try archive.withBytes(of: "first") { try numbers($0, .f32) } == [0, 1, 2, 3, 4, 5])
    #expect(try archive.withBytes(of: "second") { try numbers($0, .i64) } == [0, 1, 2, 3, 4])
  }

  /// A download cache's layout: both names are links into a folder of blobs outside.
  @Test func externalDataReadsThroughACachesLinks() throws {
    try Fixture.withTemporaryFolder { folder in
      let files = FileManager.default
      try files.createDirectory(atPath: folder + "/blobs", withIntermediateDirectories: true)
      try files.createDirectory(atPath: folder + "/snapshot", withIntermediateDirectories: true)
      for name in ["external.onnx", "external.bin"] {
        try files.copyItem(atPath: Fixture.path("onnx/" + name), toPath: folder + "/blobs/" + name + "-blob")
        try files.createSymbolicLink(
          atPath: folder + "/snapshot/" + name, withDestinationPath: "../blobs/" + name + "-blob")
      }
      let archive = try ONNXArchive(path: folder + "/snapshot/external.onnx")
      #expect(try archive.withBytes(of: "second") { try numbers($0, .i64) } == [0, 1, 2, 3, 4])
    }
  }

  @Test func graphReads() throws {
    let archive = try ONNXArchive(path: Fixture.path("onnx/graph.onnx"))
    let graph = archive.graph
    #expect(graph.producer == "fixture")
    #expect(graph.opset == 17)
    #expect(archive.metadata == ["author": "fixture", "task": "test"])
    let types = ["Constant", "ConstantOfShape", "MatMul", "Add", "Resize", "If", "Custom"]
    #expect(graph.nodes.map(\.opType) == types)
    #expect(graph.inputs.map(\.name) == ["x", "c"])
    #expect(graph.inputs[0].shape == [nil, 4])
    #expect(graph.inputs[1].shape == [])
    #expect(graph.outputs.map(\.name) == ["last"])
    #expect(graph.initializers == ["onnx::MatMul_1", "layer.bias"])
    #expect(graph.nodes[2].inputs == ["x", "onnx::MatMul_1"])
    #expect(graph.nodes[2].name == "/layer/MatMul")
    #expect(graph.nodes[4].inputs == ["y", "", "two"])
    #expect(
      graph.nodes[4].attributes == [
        "mode": .string("cubic"), "cubic_coeff_a": .float(-0.75), "antialias": .int(0),
        "axes": .ints([2, -1]),
      ])
    #expect(
      graph.nodes[5].attributes == [
        "then_branch": .branch(["Identity"]), "else_branch": .branch(["Identity"]),
      ])
    #expect(graph.nodes[6].domain == "org.example")
    #expect(graph.nodes[6].attributes == ["scales": .floats([1, 0.5]), "keys": .strings(["a", "b"])])
  }

  @Test func tensorAttributesAreTensors() throws {
    let archive = try ONNXArchive(path: Fixture.path("onnx/graph.onnx"))
    #expect(archive.tensors.map(\.name) == ["onnx::MatMul_1", "layer.bias", "two", "fill:value"])
    #expect(archive.graph.nodes[0].attributes == ["value": .tensor("two")])
    #expect(archive.graph.nodes[1].attributes == ["value": .tensor("fill:value")])
    #expect(try archive.withBytes(of: "two") { try numbers($0, .i64) } == [2])
    #expect(try archive.withBytes(of: "fill:value") { try numbers($0, .f32) } == [7.5])
    #expect(try archive.withBytes(of: "layer.bias") { try numbers($0, .f32) } == [0.5, -0.5])
  }
}
