#if os(Linux)
  import MISTFormats
  import TestSupport
  import Testing

  @testable import MISTFeatures

  struct ResidentPagesTests {
    /// A shard of eight samples of 256 KiB.
    private func withShard(_ body: (SafetensorsArchive) throws -> Void) throws {
      try Fixture.withTemporaryFolder { folder in
        let path = folder + "/shard.safetensors"
        var writer = try SafetensorsWriter(
          path: path, tensors: [TensorInfo(name: "k4", dtype: .u8, shape: [8, 1 << 18])])
        try writer.append("k4", [UInt8](repeating: 5, count: 1 << 21))
        try writer.finish()
        try body(SafetensorsArchive(path: path))
      }
    }

    private func read(_ sample: Int, of shard: SafetensorsArchive) throws -> Int {
      try shard.withBytes(of: "k4") { bytes in
        stride(from: sample << 18, to: (sample + 1) << 18, by: 1024).reduce(0) { $0 + Int(bytes[$1]) }
      }
    }

    @Test func pagesPastTheBudgetAreReleasedAndReadAgain() throws {
      try withShard { shard in
        let resident = ResidentPages(budget: 1 << 20)
        for round in 0..<2 {
          for sample in 0..<8 {
            #expect(try read(sample, of: shard) == 5 << 8)
            resident.note(shard, "k4", sample: sample, size: 1 << 18, rows: nil)
            // Four samples fill the budget, the fifth is past it.
            let bytes = try Residency.bytes(of: shard.path)
            if (8 * round + sample) % 5 == 4 { #expect(bytes == 0) } else { #expect(bytes >= 1 << 18) }
          }
        }
      }
    }

    @Test func readingTheSameAgainReleasesNothing() throws {
      try withShard { shard in
        let resident = ResidentPages(budget: 1 << 20)
        for _ in 0..<3 {
          for sample in 0..<4 {
            _ = try read(sample, of: shard)
            resident.note(shard, "k4", sample: sample, size: 1 << 18, rows: nil)
          }
        }
        #expect(try Residency.bytes(of: shard.path) >= 1 << 20)
      }
    }
  }
#endif
