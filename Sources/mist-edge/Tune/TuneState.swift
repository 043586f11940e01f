#if !MIST_WITHOUT_TUNING
  import CEdgeIO
  import MISTEdge

  /// What a run of `tune` goes on from when it was ended: a file beside the new bundle, written anew after every epoch and removed at the end
  /// (`Formats/tuning-state.md`).
  struct TuneState {
    static let magic: UInt64 = 0x454E_5554_5453_494D  // "MISTTUNE"
    static let version: UInt32 = 2
    static let headerSize = 128

    /// Of the run: bundle, options and shards.
    var run: UInt64
    /// Of the bundle that it ends in, once that is known; 0 before.
    var result: UInt64 = 0
    var epochs = 0
    /// The epoch whose parameters were best, 0 for those before training.
    var best = 0
    var before = TuneScore()
    var after = TuneScore()

    init(run: UInt64) { self.run = run }

    /// Writes the file called `name` for the head in `step` and the best parameters so far; false where that fails.
    func write(_ name: [CChar], _ step: TrainingStep<RuntimeKernels>, best parameters: FloatBuffer) -> Bool {
      guard let file = PendingFile(name) else { return false }
      let header = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.headerSize, alignment: 8)
      defer { header.deallocate() }
      let buffers = buffers(step, parameters)
      var size = Self.headerSize
      for buffer in buffers { size += 4 * buffer.count }
      func put<T>(_ value: T, _ offset: Int) {
        header.storeBytes(of: value, toByteOffset: offset, as: T.self)
      }
      put(Self.magic.littleEndian, 0)
      put(Self.version.littleEndian, 8)
      put(UInt32(0), 12)
      put(UInt64(size).littleEndian, 16)
      put(run.littleEndian, 24)
      put(result.littleEndian, 32)
      put(UInt32(epochs).littleEndian, 40)
      put(UInt32(best).littleEndian, 44)
      for (place, value) in [
        step.optimiser.power1, step.optimiser.power2, before.score, before.loss, after.score, after.loss,
      ].enumerated() {
        put(value.bitPattern.littleEndian, 48 + 8 * place)
      }
      for (place, value) in [before.correct, before.count, after.correct, after.count].enumerated() {
        put(UInt64(value).littleEndian, 96 + 8 * place)
      }
      put(checksum(UnsafeRawBufferPointer(header), buffers).littleEndian, 12)
      file.output.bytes(UnsafeRawBufferPointer(header))
      for buffer in buffers {
        file.output.bytes(UnsafeRawBufferPointer(start: buffer.pointer, count: 4 * buffer.count))
      }
      return file.finish()
    }

    /// Of everything but itself.
    private func checksum(_ header: UnsafeRawBufferPointer, _ buffers: [FloatBuffer]) -> UInt32 {
      let crc = CRC32()
      var sum = crc.checksum(UnsafeRawBufferPointer(rebasing: header[0..<12]))
      sum = crc.checksum(UnsafeRawBufferPointer(rebasing: header[16...]), from: sum)
      for buffer in buffers {
        sum = crc.checksum(UnsafeRawBufferPointer(start: buffer.pointer, count: 4 * buffer.count), from: sum)
      }
      return sum
    }

    private func buffers(_ step: TrainingStep<RuntimeKernels>, _ best: FloatBuffer) -> [FloatBuffer] {
      [step.parameters, step.optimiser.mean, step.optimiser.square, best]
    }

    /// Reads the file at `path` into the head in `step` and the best parameters. Throws `tune.state-damaged` for one that is not what was
    /// written, `tune.other-run` for that of another run.
    mutating func read(
      _ path: Argument, _ step: TrainingStep<RuntimeKernels>, best parameters: FloatBuffer
    ) throws(Failure) {
      let file = try MappedInput(path)
      let bytes = file.bytes
      func u32(_ at: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
      }
      func u64(_ at: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      }
      guard bytes.count >= Self.headerSize, u64(0) == Self.magic, u32(8) == Self.version,
        u64(16) == UInt64(bytes.count)
      else { throw Self.damaged(path) }
      guard u64(24) == run else {
        throw .untunable(
          "tune.other-run",
          "it was left by a run with another bundle, other shards or other options; repeat that command, or remove the file",
          path)
      }
      let buffers = buffers(step, parameters)
      var size = Self.headerSize
      for buffer in buffers { size += 4 * buffer.count }
      guard size == bytes.count else { throw Self.damaged(path) }
      let crc = CRC32()
      let first = crc.checksum(UnsafeRawBufferPointer(rebasing: bytes[0..<12]))
      guard crc.checksum(UnsafeRawBufferPointer(rebasing: bytes[16...]), from: first) == u32(12) else {
        throw Self.damaged(path)
      }
      (result, epochs, best) = (u64(32), Int(clamping: u32(40)), Int(clamping: u32(44)))
      func double(_ place: Int) -> Double { Double(bitPattern: u64(48 + 8 * place)) }
      (step.optimiser.power1, step.optimiser.power2) = (double(0), double(1))
      before = TuneScore(
        correct: Int(clamping: u64(96)), count: Int(clamping: u64(104)), score: double(2), loss: double(3))
      after = TuneScore(
        correct: Int(clamping: u64(112)), count: Int(clamping: u64(120)), score: double(4), loss: double(5))
      var place = Self.headerSize
      for buffer in buffers {
        for i in 0..<buffer.count { buffer.pointer[i] = Float(bitPattern: u32(place + 4 * i)) }
        place += 4 * buffer.count
      }
    }

    /// The bundle that the run whose file is at `path` ends in; 0 while that is not known, or where it is no such file.
    static func result(_ path: Argument) -> UInt64 {
      guard let file = try? MappedInput(path), file.bytes.count >= headerSize,
        UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self)) == magic
      else { return 0 }
      return UInt64(littleEndian: file.bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
    }

    private static func damaged(_ path: Argument) -> Failure {
      .untunable(
        "tune.state-damaged", "it is not what tuning left there; remove the file to begin anew", path)
    }
  }
#endif
