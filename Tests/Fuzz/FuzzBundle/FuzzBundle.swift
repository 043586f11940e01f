import FuzzSupport
import MISTEdge

/// A bundle for the runtime: as it is, and with its checksums mended, so that changes reach the sections' own checks. A bundle that
/// opens runs its golden input once, learns from it, and becomes a bundle with a class more.
@_cdecl("FuzzBundle_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    if open(bytes) { return }
    let mended = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    defer { mended.deallocate() }
    mended.copyMemory(from: bytes)
    mendChecksums(mended)
    _ = open(UnsafeRawBufferPointer(mended))
  }
}

private func open(_ bytes: UnsafeRawBufferPointer) -> Bool {
  guard let bundle = try? EdgeBundle(bytes) else { return false }
  for index in 0..<bundle.labels.count { touch(bundle.labels[index]) }
  forward(bundle)
  return true
}

/// Runs the golden input, unless the head asks for much: it may ask for half a gibibyte.
private func forward(_ bundle: EdgeBundle) {
  guard let golden = bundle.golden, HeadSection.workingFloats(golden.shape) < 100_000 else { return }
  let logits = UnsafeMutablePointer<Float>.allocate(capacity: golden.shape.logitCount)
  defer { logits.deallocate() }
  _ = golden.run(
    on: bundle.makeNetwork(golden.shape, PortableKernels.self), scratch: NetworkScratch(golden.shape),
    into: logits)
  learn(bundle, golden)
}

private func learn(_ bundle: EdgeBundle, _ golden: BundleGolden) {
  let name: StaticString = "new"
  let label = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
  guard bundle.weights.count < 100_000, let revision = try? BundleRevision(of: bundle, adding: [label]) else {
    return
  }
  var shape = golden.shape
  shape.classes = revision.network.classes
  let table = ParameterTable(shape)
  let parameters = FloatBuffer(table.count)
  bundle.weights.withParameters { table.adopt($0, of: bundle.weights.table, into: parameters.pointer) }
  let step = TrainingStep<PortableKernels>(shape, parameters, lanes: 1)
  let worker = Worker(0, shape, tokens: nil, training: true)
  golden.expandInput(into: worker.scratch.inputs)
  step.add(to: 0, worker, tokens: nil, masks: DropoutMasks()) { logits in
    logits.update(repeating: 1e-3, count: shape.logitCount)
    return (0, 0)
  }
  step.apply(rate: 1e-3, weightDecay: 0)
  let made = UnsafeMutableRawBufferPointer.allocate(byteCount: revision.size, alignment: 64)
  defer { made.deallocate() }
  // Where a parameter is no number any more, there is no bundle.
  try? revision.write(step.parameters.pointer, PortableKernels.self, to: made)
}

/// Computes the checksums of header and sections again, as far as the table makes sense.
private func mendChecksums(_ bytes: UnsafeMutableRawBufferPointer) {
  guard bytes.count >= 64 else { return }
  let crc = CRC32()
  func number<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _: T.Type) -> T {
    T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }
  func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range])
  }
  let count = Int(number(24, UInt32.self))
  guard count <= 64, 64 + 32 * count <= bytes.count else { return }
  for row in 0..<count {
    let (offset, length) = (number(72 + 32 * row, UInt64.self), number(80 + 32 * row, UInt64.self))
    guard offset <= UInt64(bytes.count), length <= UInt64(bytes.count) - offset else { continue }
    let sum = crc.checksum(part(Int(offset)..<Int(offset + length)))
    bytes.storeBytes(of: sum.littleEndian, toByteOffset: 64 + 32 * row + 24, as: UInt32.self)
  }
  let sum = crc.checksum(part(32..<(64 + 32 * count)), from: crc.checksum(part(0..<28)))
  bytes.storeBytes(of: sum.littleEndian, toByteOffset: 28, as: UInt32.self)
}
