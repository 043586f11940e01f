/// A bundle as C source: an array for a device's flash, aligned as the runtime reads it, which a program declares and hands to
/// `mist_edge_open`.
package struct CArray {
  /// Of the file `path`: its name without its ending, every other character than letters and digits of ASCII an underscore.
  package static func name(of path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let stem = file.lastIndex(of: ".").map { file[..<$0] } ?? file[...]
    let name = stem.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        byte
      default: UInt8(ascii: "_")
      }
    }
    let begins = name.first.map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ?? true
    return (begins ? "bundle_" : "") + String(decoding: name, as: UTF8.self)
  }

  /// What a program that uses the array has to say.
  package static func declaration(_ name: String, count: Int) -> String {
    "extern const unsigned char \(name)[\(count)];"
  }

  /// The source text of `bytes` under `name`.
  package static func source(_ bytes: [UInt8], name: String) -> [UInt8] {
    let perLine = 24
    var text = Array(
      """
      /* An edge bundle of MIST: see mist_edge.h. A program that uses it says

           \(declaration(name, count: bytes.count)) */
      #ifdef __cplusplus
      extern "C" {
      #endif
      \(declaration(name, count: bytes.count))
      #ifdef __cplusplus
      }
      #endif

      #if defined(__GNUC__) || defined(__clang__) || defined(__ARMCC_VERSION)
      __attribute__((aligned(64)))
      #elif defined(__ICCARM__)
      #pragma data_alignment = 64
      #elif defined(_MSC_VER)
      __declspec(align(64))
      #endif
      const unsigned char \(name)[\(bytes.count)] = {

      """.utf8)
    text.reserveCapacity(text.count + 4 * bytes.count + bytes.count / perLine + 8)
    let numbers = (0...255).map { Array("\($0),".utf8) }
    for (place, byte) in bytes.enumerated() {
      text += numbers[Int(byte)]
      if place % perLine == perLine - 1 { text.append(UInt8(ascii: "\n")) }
    }
    text += Array("\n};\n".utf8)
    return text
  }
}
