import Foundation
import MISTEdge
import MISTFormats
import TestSupport
import Testing

@testable import MISTBundle

/// What the runtime writes itself: stored numbers, and bundles made of others.
@Suite struct BundleRevisionTests {
  @Test func halvesAreThoseOfFiles() {
    // Every half, and the floats half way to its neighbours and beside these.
    for bits in UInt32(0)...0x7C00 {
      let exact = StoredHalf.float(UInt16(bits))
      let middle = (exact.bitPattern &+ StoredHalf.float(UInt16(min(bits + 1, 0x7C00))).bitPattern) / 2
      for pattern in [exact.bitPattern, middle &- 1, middle, middle &+ 1, middle | 0x8000_0000] {
        let value = Float(bitPattern: pattern)
        guard value.isFinite else { continue }
        #expect(RowEncoding.narrow(value) == FloatConversion.half(value), "\(value)")
      }
    }
    #expect(RowEncoding.narrow(65520) == 0x7C00 && RowEncoding.narrow(-1e9) == 0xFC00)
  }

  @Test func aRowIsRoundedToTheNearestCode() {
    for scale in [Float(1), 1e-30, 3e-38, .leastNonzeroMagnitude, 7e30] {
      let row = (0..<255).map { Float($0 - 127) * scale * 0.7 + 0.31 * scale } + [0, -0.0]
      var codes = [Int8](repeating: 0, count: row.count)
      let found = row.withUnsafeBufferPointer { row in
        codes.withUnsafeMutableBufferPointer { codes in
          RowEncoding.quantize(row.baseAddress!, count: row.count, into: codes.baseAddress!)
        }
      }
      #expect(found == (row.map(\.magnitude).max() ?? 0) / 127)
      for (value, code) in zip(row, codes) {
        let exact = found.isNormal ? (value / found).rounded(.toNearestOrEven) : 0
        #expect(Float(code) == max(-127, min(127, exact)))
      }
    }
  }

  @Test(
    "A revision with the same weights differs in its provenance alone",
    arguments: [
      "f32", "f16", "int8", "attentive", "dwconv", "final", "last", "layers", "layers-stages", "linear",
      "lst",
      "maps-f32", "maps-f16", "maps-int8", "maps-named", "mean", "mlp", "named", "partial-1", "bf16-features",
    ])
  func sameWeights(name: String) throws {
    let bytes = try [UInt8](
      Data(contentsOf: URL(fileURLWithPath: Fixture.path("edge-bundle/\(name).mistedge"))))
    try bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      let revision = try BundleRevision(of: bundle)
      var made = [UInt8](repeating: 0xAA, count: revision.size)
      try made.withUnsafeMutableBytes { made in
        try bundle.weights.withParameters { parameters in
          Result { () throws(EdgeError) in try revision.write(parameters, PortableKernels.self, to: made) }
        }.get()
      }
      try made.withUnsafeBytes { made in
        let again = try EdgeBundle(made)
        #expect(again.passesSelfTest())
        #expect(again.sections.map(\.id) == bundle.sections.filter { $0.id.isKnown }.map(\.id))
        for section in again.sections where ![.golden, .provenance].contains(section.id) {
          #expect(
            again.bytes(of: section.id).elementsEqual(bundle.bytes(of: section.id)), "\(section.id.name)")
        }
        // Of what is tuned already nothing is said twice.
        #expect(try BundleRevision(of: again).size == made.count)
      }
    }
  }

  @Test(
    "A class is added to every kind of head",
    arguments: [
      "f32", "int8", "attentive", "dwconv", "last", "layers", "lst", "maps-f16", "maps-named", "mlp",
      "partial-1",
    ])
  func addedClass(name: String) throws {
    let bytes = try [UInt8](
      Data(contentsOf: URL(fileURLWithPath: Fixture.path("edge-bundle/\(name).mistedge"))))
    try bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      let label = Array("neuf ü".utf8)
      try label.withUnsafeBytes { label in
        let revision = try BundleRevision(of: bundle, adding: [label])
        let table = ParameterTable(revision.network)
        let parameters = FloatBuffer(table.count)
        bundle.weights.withParameters { table.adopt($0, of: bundle.weights.table, into: parameters.pointer) }
        var made = [UInt8](repeating: 0, count: revision.size)
        try made.withUnsafeMutableBytes { made in
          try revision.write(parameters.pointer, PortableKernels.self, to: made)
        }
        try made.withUnsafeBytes { made in
          let again = try EdgeBundle(made)
          #expect(again.labels.count == bundle.labels.count + 1)
          #expect(again.labels[bundle.labels.count].elementsEqual(label))
          #expect(again.labels[0].elementsEqual(bundle.labels[0]))
          #expect(again.passesSelfTest())
          // The known classes' logits are as they were, the new one's are 0.
          let (old, new) = (try #require(bundle.golden), try #require(again.golden))
          let (a, b) = (old.expected(), new.expected())
          let (known, all) = (bundle.network.classes, again.network.classes)
          for (place, row) in stride(from: 0, to: a.count, by: known).enumerated() {
            for i in 0..<known { #expect(abs(a[row + i] - b[place * all + i]) < 1e-5) }
            #expect(b[place * all + known] == 0)
          }
        }
      }
      #expect(throws: EdgeError(.emptyLabel, in: .labels)) {
        try BundleRevision(of: bundle, adding: [UnsafeRawBufferPointer(start: nil, count: 0)])
      }
    }
  }

  @Test func whatIsNoNumberIsNotWritten() throws {
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: Fixture.path("edge-bundle/f16.mistedge"))))
    try bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      for (value, type) in [(Float.nan, StoredType.f32), (.infinity, .int8), (1e6, .f16)] {
        let revision = try BundleRevision(of: bundle, as: type)
        let parameters = FloatBuffer(bundle.weights.count)
        let matrix = try #require(bundle.weights.table.parameters.first { $0.isMatrix })
        parameters.pointer[matrix.range.lowerBound] = value
        let made = UnsafeMutableRawBufferPointer.allocate(byteCount: revision.size, alignment: 64)
        defer { made.deallocate() }
        #expect(throws: EdgeError(.weightNotFinite, in: .weights)) {
          try revision.write(parameters.pointer, PortableKernels.self, to: made)
        }
      }
    }
  }
}

private enum StoredHalf {
  static func float(_ bits: UInt16) -> Float { FloatConversion.float(half: bits) }
}

extension BundleGolden {
  /// The logits that are expected, of every golden position.
  fileprivate func expected() -> [Float] {
    let count = Self.positions(shape) * shape.classes
    return (0..<count).map { logit($0) }
  }
}
