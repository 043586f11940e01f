import Foundation
import TestSupport
import Testing

@testable import MISTEdge

@Suite struct BundleReaderTests {
  /// Logits by a plain implementation in Python, double precision, of the weights and inputs as stored.
  @Test(arguments: [
    "f32", "f16", "int8", "mean", "linear", "attentive", "mlp", "dwconv", "last", "lst", "partial-1",
  ])
  func goldenLogitsOfTheReferenceAreReproduced(name: String) throws {
    try BundleFile.read("edge-bundle/\(name).mistedge") { bundle in
      let golden = try #require(bundle.golden)
      let logits = FloatBuffer(golden.shape.classes)
      let result = golden.run(
        on: bundle.makeNetwork(golden.shape, PortableKernels.self), scratch: NetworkScratch(golden.shape),
        into: logits.pointer)
      #expect(result.passed)
      #expect(result.relativeError <= 2e-6)
      #expect(result.maximumMagnitude > 0.1)
    }
  }

  @Test func fieldsAreRead() throws {
    try BundleFile.read("edge-bundle/f16.mistedge") { bundle in
      #expect(bundle.version == 1)
      #expect(
        bundle.network
          == NetworkShape(
            tokens: 5, channels: 8, classes: 3, depth: 2, rank: 2, pooling: .cls, inputNorm: true,
            epsilon: 1e-6))
      #expect(bundle.task == .classification)
      #expect(bundle.weights.type == .f16)
      #expect(
        (0..<3).map { String(decoding: bundle.labels[$0], as: UTF8.self) } == ["cat", "köter", "zebra"])
      #expect(bundle.preprocessing.height == 224)
      #expect(bundle.preprocessing.deviation == (0.229, 0.224, 0.225))
      #expect(bundle.source.feature == .gather(12))
      #expect(Array(bundle.source.modelHash) == Array(0..<32))
      #expect(bundle.golden?.label == 1)
      #expect(String(decoding: bundle.provenance, as: UTF8.self) == "written by make.py")
    }
  }

  @Test(arguments: [("named", "f32", BundleTask.classification), ("maps-named", "maps-f32", .segmentation)])
  func theTaskIsSaidByNameFromVersion3On(name: String, old: String, task: BundleTask) throws {
    try BundleFile.read("edge-bundle/\(name).mistedge") { bundle in
      #expect(bundle.version == 3)
      #expect(bundle.task == task)
      try BundleFile.read("edge-bundle/\(old).mistedge") { #expect($0.network == bundle.network) }
    }
  }

  @Test func unknownOptionalSectionsAreSkipped() throws {
    try BundleFile.read("edge-bundle/linear.mistedge") { bundle in
      #expect(bundle.sections.map(\.id.isKnown) == [false, true, true, true, true, true, true, true])
      #expect(bundle.network.depth == 0)
    }
  }

  @Test func wholeWeightsAreUsedInPlaceOnlyWhenAligned() throws {
    let bytes = try BundleFile.bytes("edge-bundle/f32.mistedge")
    for shift in 0..<4 {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + shift, alignment: 64)
      defer { memory.deallocate() }
      memory[shift...].copyBytes(from: bytes)
      let bundle = try EdgeBundle(UnsafeRawBufferPointer(rebasing: memory[shift...]))
      #expect((bundle.weights.inPlace != nil) == (shift == 0))
      let count = bundle.weights.count
      let sum = bundle.weights.withParameters { UnsafeBufferPointer(start: $0, count: count).reduce(0, +) }
      var copy = [Float](repeating: 0, count: count)
      copy.withUnsafeMutableBufferPointer { bundle.weights.expand(into: $0.baseAddress!) }
      #expect(copy.reduce(0, +) == sum)
    }
  }

  @Test func halvesWidenExactly() {
    for bits in UInt16.min...UInt16.max {
      let expected = Self.widened(bits)
      let found = StoredRows.widen(bits)
      #expect(found.bitPattern == expected.bitPattern || (found.isNaN && expected.isNaN))
    }
  }

  /// binary16 by its definition.
  private static func widened(_ bits: UInt16) -> Float {
    let fraction = Float(bits & 0x3FF)
    let exponent = Int(bits >> 10 & 31)
    let sign: Float = bits >> 15 == 1 ? -1 : 1
    switch exponent {
    case 0: return sign * fraction * Float(sign: .plus, exponent: -24, significand: 1)
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
  }

  @Test func checksumIsTheOneOfZlib() {
    let crc = CRC32()
    let text = Array("123456789".utf8)
    #expect(text.withUnsafeBytes { crc.checksum($0) } == 0xCBF4_3926)
    let long = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    for cut in [0, 1, 8, 333, 1000] {
      let first = long[..<cut].withUnsafeBytes { crc.checksum($0) }
      #expect(
        long[cut...].withUnsafeBytes { crc.checksum($0, from: first) }
          == long.withUnsafeBytes { crc.checksum($0) })
    }
  }

  @Test func everyCodeHasItsOwnNameAndASentence() {
    let names = EdgeError.Code.allCases.map { "\($0.name)" }
    #expect(Set(names).count == names.count)
    for code in EdgeError.Code.allCases {
      #expect("\(code.sentence)".count > 10)
      #expect(!"\(code.sentence)".hasSuffix("."))
      #expect(!"\(code.sentence)".contains("\n"))
    }
  }

  /// Names and sentences stand in one list in the order of the cases, so that a case out of place shows in its name.
  @Test(arguments: EdgeError.Code.allCases) func nameIsTheOneOfItsCase(_ code: EdgeError.Code) {
    let letters = Array("\(code)")
    var words = ""
    for (i, letter) in letters.enumerated() {
      let startsWord =
        letter.isUppercase && i > 0
        && (letters[i - 1].isLowercase || (i + 1 < letters.count && letters[i + 1].isLowercase))
      words += (startsWord ? "-" : "") + letter.lowercased()
    }
    let shard = "shard-"
    let name = words.hasPrefix(shard) ? "edge-features." + words.dropFirst(shard.count) : "bundle." + words
    #expect("\(code.name)" == name)
  }

  /// Each row of the document names the error of its malformed file.
  @Test func everyMalformedFileGivesTheErrorOfItsRule() throws {
    let document = URL(fileURLWithPath: Fixture.root).deletingLastPathComponent()
      .appendingPathComponent("Formats/edge-bundle.md")
    let rows = try String(contentsOf: document, encoding: .utf8).split(separator: "\n")
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
      .filter { $0.count == 4 && $0[3].contains(".") && $0[0].hasPrefix("E") }
    #expect(rows.count > 160)
    for (name, isMaps) in [("f32", false), ("maps-f32", true)] {
      try BundleFile.read("edge-bundle/\(name).mistedge") { bundle in
        for row in rows where row[3].contains("/maps-") == isMaps {
          let bytes = try BundleFile.bytes("malformed/" + row[3])
          let error = bytes.withUnsafeBytes { bytes in
            row[3].hasPrefix("edge-bundle") ? BundleFile.error(bytes) : ShardFile.error(bytes, bundle)
          }
          #expect(error.map { "\($0.code.name)" } == row[2], "\(row[0]): \(row[3])")
        }
      }
    }
    let files = try ["edge-bundle", "edge-features"].flatMap { folder in
      try Fixture.files(in: "malformed/" + folder).filter { !$0.hasSuffix(".py") }.map {
        folder + "/" + ($0 as NSString).lastPathComponent
      }
    }
    #expect(Set(files) == Set(rows.map { $0[3] }))
  }
}
