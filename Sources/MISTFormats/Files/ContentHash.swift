import CCrypto

/// SHA-256 of a stream of bytes, by libcrypto. A value: copies go on independently.
package struct ContentHash {
  /// libcrypto fails here only when there is no memory, or no SHA-256 in it: nothing that a caller could do about.
  private final class Context {
    let pointer: OpaquePointer

    init() {
      guard let pointer = EVP_MD_CTX_new(), EVP_DigestInit_ex(pointer, EVP_sha256(), nil) == 1 else {
        fatalError("libcrypto cannot start SHA-256")
      }
      self.pointer = pointer
    }

    init(copying other: Context) {
      guard let pointer = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(pointer, other.pointer) == 1 else {
        fatalError("libcrypto cannot copy a SHA-256 state")
      }
      self.pointer = pointer
    }

    deinit { EVP_MD_CTX_free(pointer) }
  }

  private var context = Context()

  package init() {}

  /// Adds bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    if !isKnownUniquelyReferenced(&context) { context = Context(copying: context) }
    EVP_DigestUpdate(context.pointer, bytes.baseAddress, bytes.count)
  }

  /// Adds a string's UTF-8 bytes.
  package mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The hash of everything added so far: 64 lower-case hexadecimal digits. More can be added afterwards.
  package func finalize() -> String {
    let copy = Context(copying: context)
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(copy.pointer, &digest, nil)
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Whether `text` is written as `finalize` writes a hash.
  package static func isHash(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// The hash of `bytes`.
  package static func of(_ bytes: UnsafeRawBufferPointer) -> String {
    var hash = ContentHash()
    hash.update(bytes)
    return hash.finalize()
  }

  /// Bytes of a file that are resident at a time.
  private static let chunk = 1 << 22

  /// The hash of a file's content. Throws as `MappedFile` does.
  package static func of(file path: String) throws -> String {
    let file = try MappedFile(path: path)
    var hash = ContentHash()
    withExtendedLifetime(file) {
      for start in stride(from: 0, to: file.bytes.count, by: chunk) {
        let end = min(start + chunk, file.bytes.count)
        let part = UnsafeRawBufferPointer(rebasing: file.bytes[start..<end])
        hash.update(part)
        file.release(part)
      }
    }
    return hash.finalize()
  }
}
