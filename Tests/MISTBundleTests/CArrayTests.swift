import MISTBundle
import Testing

@Suite struct CArrayTests {
  @Test func everyByteIsInTheArray() throws {
    let bytes = (0..<700).map { UInt8(truncatingIfNeeded: $0 * 31) }
    let source = String(decoding: CArray.source(bytes, name: "pets"), as: UTF8.self)
    let body = try #require(source.split(separator: "= {").last?.split(separator: "}").first)
    let numbers = body.split { ",\n ".contains($0) }.map { UInt8($0) }
    #expect(numbers == bytes)
    #expect(source.contains("const unsigned char pets[700] = {"))
    #expect(source.contains(CArray.declaration("pets", count: 700)))
  }

  @Test(arguments: [
    ("pets.c", "pets"), ("out/pets-10.int8.c", "pets_10_int8"), ("10.c", "bundle_10"), ("é.c", "__"),
    (".c", "bundle_"), ("/a/head", "head"),
  ])
  func namesAreIdentifiers(_ path: String, _ name: String) {
    #expect(CArray.name(of: path) == name)
  }
}
