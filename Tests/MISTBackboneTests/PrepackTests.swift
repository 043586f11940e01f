import Foundation
import MISTEdge
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

/// Weights that were packed beforehand: the same answers, or none.
@Suite struct PrepackTests {
  static let models = ["valid", "valid-dinov3", "valid-segformer"]

  /// A copy of a small model in a folder of its own.
  private static func with(_ name: String, _ body: (_ path: String) throws -> Void) throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      try FileManager.default.copyItem(
        atPath: Fixture.path("malformed/canonical-checkpoint/\(name).safetensors"), toPath: path)
      try body(path)
    }
  }

  private static func tokens(_ backbone: any Backbone) throws -> [UInt32] {
    let count = 3 * backbone.imageSize.count
    let pixels = (0..<count).map { Float($0 % 17) / 8 - 1 }
    var bits: [UInt32] = []
    try pixels.withUnsafeBufferPointer { pixels in
      try backbone.makeWorker([.finalTokens]).forward(pixels) { bits = $1.map(\.bitPattern) }
    }
    return bits
  }

  private static func open(
    _ path: String, _ precision: Precision, backend: ProductBackend = .automatic, prepacked: Bool = true
  ) throws -> any Backbone {
    let checkpoint = try CanonicalCheckpoint.open(path)
    // A SegFormer's own size is larger than a test needs.
    let own = checkpoint.configuration.details.imageSize()
    let size = MapSize(height: min(own.height, 32), width: min(own.width, 32))
    return try Backbones.open(
      checkpoint, imageSize: size, outputs: [.finalTokens], backend: backend, precision: precision,
      usesPrepacked: prepacked)
  }

  @Test(arguments: models, Precision.allCases.filter(\.isNative))
  func featuresAreTheSame(_ model: String, _ precision: Precision) throws {
    guard PackedLayout(ActivationElement(precision), .automatic) != nil else { return }
    try Self.with(model) { path in
      let without = try Self.tokens(Self.open(path, precision))
      let bytes = try Prepacking.write(CanonicalCheckpoint.open(path), precision)
      let opened = try Self.open(path, precision)
      #expect(opened.kernels.prepacked?.precision == precision && bytes > 0)
      #expect(try Self.tokens(opened) == without)
      try opened.confirm()
      #expect(try Self.open(path, precision, prepacked: false).kernels.prepacked == nil)
      // The same again gives the same file.
      let file = Prepacking.path(of: path, precision)
      let first = try MappedFile.contents(of: file)
      _ = try Prepacking.write(CanonicalCheckpoint.open(path), precision)
      #expect(try MappedFile.contents(of: file) == first)
    }
  }

  @Test func otherKernelsPassItOver() throws {
    guard ProductBackend.automatic != .openBLAS else { return }
    try Self.with("valid") { path in
      let checkpoint = try CanonicalCheckpoint.open(path)
      _ = try Prepacking.write(checkpoint, .f32)
      #expect(try Prepacking.find(checkpoint, .automatic, .f32).note == nil)
      let (found, note) = try Prepacking.find(checkpoint, .openBLAS, .f32)
      #expect(found == nil && note?.contains("is passed over") == true)
      #expect(try Self.open(path, .f32, backend: .openBLAS).kernels.prepacked == nil)
    }
  }

  @Test func weightsThatChangedSinceAreNoticed() throws {
    guard ProductBackend.automatic != .openBLAS else { return }
    try Self.with("valid") { path in
      _ = try Prepacking.write(CanonicalCheckpoint.open(path), .f32)
      var bytes = try MappedFile.contents(of: path)
      bytes[bytes.count - 1] ^= 1
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: MISTError.self) { try Self.open(path, .f32).confirm() }
      #expect(error?.code == .prepackOtherModel)
      #expect(try Prepacking.stale(CanonicalCheckpoint.open(path)).count == 1)
    }
  }

  @Test func packedWeightsThatChangedAreNoticed() throws {
    guard ProductBackend.automatic != .openBLAS else { return }
    try Self.with("valid") { path in
      let checkpoint = try CanonicalCheckpoint.open(path)
      _ = try Prepacking.write(checkpoint, .f32)
      let file = Prepacking.path(of: path, .f32)
      var bytes = try MappedFile.contents(of: file)
      bytes[bytes.count - 1] ^= 1
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      let error = #expect(throws: MISTError.self) { try Self.open(path, .f32).confirm() }
      #expect(error?.code == .prepackDamaged)
    }
  }

  @Test func renamedFilesArePassedOver() throws {
    guard PackedLayout(.f32, .automatic) != nil else { return }
    try Self.with("valid") { path in
      let checkpoint = try CanonicalCheckpoint.open(path)
      _ = try Prepacking.write(checkpoint, .f32)
      try FileManager.default.copyItem(
        atPath: Prepacking.path(of: path, .f32), toPath: Prepacking.path(of: path, .bf16))
      #expect(try Prepacking.find(checkpoint, .automatic, .f32).note == nil)
      let found = try Prepacking.find(checkpoint, .automatic, .bf16)
      #expect(found.path == nil && found.note?.hasSuffix("is passed over: it was packed for f32") == true)
    }
  }

  /// What the document says of integers, in Python, is what the kernels read.
  @Test func theLayoutIsTheDocuments() throws {
    let file = try PrepackedFile(path: Fixture.path("malformed/prepacked-weights/valid.safetensors"), of: nil)
    try file.confirm()
    let (columns, depth) = (5, 6)
    let shape = ProductShape(rows: 1, columns: columns, depth: depth)
    guard let layout = PackedLayout(.int8, .automatic), layout.text == "int8:64/16/4" else { return }
    let found = try #require(try file.weights(of: "head", shape, layout))
    let weights = (0..<columns).flatMap { c in (0..<depth).map { Float((7 * c + $0) % 11 - 5) } }
    let own = try weights.withUnsafeBufferPointer { try PackedWeights($0, shape, layout) }
    #expect(memcmp(found.panels, own.panels, own.byteCount) == 0)
    for column in 0..<columns {
      #expect(found.scales?[column] == own.scales?[column])
      #expect(abs((found.sums?[column] ?? .nan) - (own.sums?[column] ?? .nan)) < 1e-5)
    }
    #expect(throws: MISTError.self) {
      try file.weights(of: "head", ProductShape(rows: 1, columns: 5, depth: 7), layout)
    }
  }

  @Test func sizesDoNotOverflow() throws {
    let layout = try #require(PackedLayout(text: "bf16:64/16/2"))
    #expect(layout.bytes(columns: 17, depth: 3) == 32 * 4 * 2)
    #expect(layout.bytes(columns: PrepackLimits.side + 1, depth: 1) == nil)
    #expect(layout.bytes(columns: PrepackLimits.side, depth: PrepackLimits.side) ?? 1 > 0)
    #expect(layout.bytes(columns: .max, depth: .max) == nil && layout.bytes(columns: 0, depth: 1) == nil)
    for text in [
      "bf16:64/16/1", "bf16:064/16/2", "bf16:64/24/2", "f16:64/16/2", "bf16:64/16", "bf16:0/0/2", "",
    ] {
      #expect(PackedLayout(text: text) == nil, "\(text)")
    }
  }

  @Test func documentAndCodeAgree() throws {
    #expect(
      try FormatLimit.disagreements(
        "prepacked-weights.md",
        [
          "PrepackLimits.products": PrepackLimits.products, "PrepackLimits.side": PrepackLimits.side,
          "PrepackLimits.panel": PrepackLimits.panel,
        ]) == [])
  }
}
