/// A path as the system has it, which is bytes, and as people and manifests see it. A user's words are taken as they are. Names
/// that come from a folder are UTF-8 where they can be; every byte that is not is written `\xE9`, and so is a backslash
/// in front of what would read like that, so that the bytes can be had back.
package struct FilePath: Hashable, Sendable {
  package let bytes: [UInt8]
  /// For messages.
  package let text: String

  /// A path as a user gives it.
  package init(_ path: String) { (bytes, text) = (Array(path.utf8), path) }

  private init(bytes: [UInt8], text: String) { (self.bytes, self.text) = (bytes, text) }

  /// What is called `name`, escaped, in or below this folder; the folder itself for an empty name.
  package func appending(_ name: String) -> FilePath {
    guard !name.isEmpty else { return self }
    let (slash, dash): ([UInt8], String) = bytes.last == 0x2F ? ([], "") : ([0x2F], "/")
    return FilePath(bytes: bytes + slash + Self.bytes(of: name), text: text + dash + name)
  }

  /// The part after the last `/`, for messages and names.
  package var lastComponent: String { MISTFormats.lastComponent(of: text) }

  /// Calls `body` with the path as C has it.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
    try (bytes + [0]).withUnsafeBytes { buffer in
      try buffer.withMemoryRebound(to: CChar.self) { try body($0.baseAddress!) }
    }
  }

  /// The name of `bytes`, escaped.
  package static func name(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    if !bytes.contains(0x5C), let text = String(validating: bytes, as: UTF8.self) { return text }
    var name = ""
    var rest = bytes[...]
    while let first = rest.first {
      if first == 0x5C, escape(rest) != nil {
        name += "\\x5C"
        rest = rest.dropFirst()
      } else if let character = character(rest) {
        name += character.text
        rest = rest.dropFirst(character.count)
      } else {
        name += "\\x" + hexadecimal(first)
        rest = rest.dropFirst()
      }
    }
    return name
  }

  /// The bytes of an escaped name.
  package static func bytes(of name: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(name.utf8)[...]
    while let first = rest.first {
      if let byte = escape(rest) {
        bytes.append(byte)
        rest = rest.dropFirst(4)
      } else {
        bytes.append(first)
        rest = rest.dropFirst()
      }
    }
    return bytes
  }

  /// The byte that `\xE9` at the beginning of `text` stands for.
  private static func escape(_ text: ArraySlice<UInt8>) -> UInt8? {
    let head = Array(text.prefix(4))
    guard head.count == 4, head[0] == 0x5C, head[1] == 0x78 else { return nil }
    let digits = head[2...].compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return digits.count == 2 ? UInt8(digits[0] * 16 + digits[1]) : nil
  }

  /// The character of UTF-8 that `bytes` begin with.
  private static func character(_ bytes: ArraySlice<UInt8>) -> (text: String, count: Int)? {
    for count in 1...4 {
      if let text = String(validating: bytes.prefix(count), as: UTF8.self) { return (text, count) }
    }
    return nil
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count < 2 ? "0" + digits : digits
  }

  /// What `path`, which lies in `folder`, is called from there.
  package static func name(_ path: String, in folder: String) -> String {
    folder.isEmpty ? path : String(decoding: path.utf8.dropFirst(folder.utf8.count + 1), as: UTF8.self)
  }

  /// A name's lower-case extension, and the name without it.
  package static func split(_ name: String) -> (stem: String, pathExtension: String) {
    let last = MISTFormats.lastComponent(of: name)
    guard let dot = last.utf8.lastIndex(of: 0x2E), dot != last.startIndex else { return (name, "") }
    let ending = last[last.utf8.index(after: dot)...]
    guard !ending.isEmpty else { return (name, "") }
    return (String(name.utf8.dropLast(ending.utf8.count + 1)) ?? name, ending.lowercased())
  }
}
