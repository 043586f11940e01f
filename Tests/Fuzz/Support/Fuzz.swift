import CFuzzDriver
import MISTFormats

package typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

nonisolated(unsafe) private var target: (UnsafeRawBufferPointer) -> Void = { _ in }
/// Where `touch` puts what it read, so that reading is not optimised away.
nonisolated(unsafe) private var sink: UInt8 = 0

/// Runs libFuzzer on `body`. An input lies in memory of its own, so that AddressSanitizer sees every read beyond it.
package func fuzz(_ count: Int32, _ arguments: Arguments?, _ body: @escaping (UnsafeRawBufferPointer) -> Void)
  -> Int32
{
  target = body
  return mist_fuzz(count, arguments) { data, size in
    target(UnsafeRawBufferPointer(start: data, count: size))
    return 0
  }
}

/// Reads the first and the last bytes: a view that begins or ends beyond its memory is noticed, and large ones cost no time.
package func touch(_ bytes: UnsafeRawBufferPointer) {
  var sum = sink
  for byte in bytes.prefix(64) { sum ^= byte }
  for byte in bytes.suffix(64) { sum ^= byte }
  sink = sum
}

/// Reads every tensor. Decoding one may be refused, which is no finding.
package func touch(_ archive: some TensorArchive) {
  for info in archive.tensors {
    _ = refusing {
      try archive.withBytes(of: info.name) {
        precondition($0.count == info.byteCount, "a tensor has other bytes than it says")
        touch($0)
      }
    }
  }
}

/// `body`'s result; a refusal as the format's documents define it is no finding, and any other error is.
package func refusing<Value>(_ body: () throws -> Value) -> Value? {
  do {
    return try body()
  } catch let error as MISTError {
    precondition(error.code.exit != .bug, "an input must not look like a bug: \(error)")
    return nil
  } catch {
    fatalError("an error without a code: \(error)")
  }
}

/// The file at `path` below the repository, which is the working folder.
package func fixture(_ path: String) -> [UInt8] {
  do {
    return try MappedFile.contents(of: "Fixtures/" + path)
  } catch {
    fatalError("run it in the repository: \(error)")
  }
}
