import Foundation
import TestSupport
import Testing

/// Names that others gave reach a terminal as text, whatever they are made of.
@Suite struct TerminalTests {
  /// A window's title, a C1 introducer, a direction override, a line separator, a line end and a tab.
  private static let name = "a\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{2028}\n\tz\u{e9}"
  private static let shown = #"a\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{2028}\u{a}\u{9}zé"#

  @Test func aTensorsNameIsEscapedForPeopleAndKeptInJSON() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/named.safetensors"
      let key = String(decoding: try JSONEncoder().encode(Self.name), as: UTF8.self)
      let header = Array(#"{\#(key):{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.utf8)
      var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
      bytes += header + [0, 0, 0, 0]
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let listed = try Tool.run(["inspect", path])
      #expect(listed.output.contains(Self.shown), "\(listed.output)")
      #expect(!listed.output.unicodeScalars.contains("\u{1b}"))
      let json = try Tool.run(["inspect", path, "--json"]).output
      let decoded = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
      let tensors = try #require(decoded?["tensors"] as? [[String: Any]])
      #expect(tensors.map { $0["name"] as? String } == [Self.name])
    }
  }

  @Test(arguments: [("mist", "inspect"), ("mist-edge", "info")])
  func aFileNameInAnErrorIsEscaped(tool: String, verb: String) throws {
    let result = try Tool.run([verb, Self.name], tool: tool)
    #expect(result.status == 66)
    #expect(result.errors.contains(Self.shown), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func anArgumentThatIsNotUTF8IsEscaped() throws {
    let result = try Tool.shell(
      #"mist-edge info "$(printf 'a\233\355\240\200\344')""#, in: NSTemporaryDirectory())
    #expect(result.status == 66)
    #expect(result.errors.contains(#"a\x9b\xed\xa0\x80\xe4: there is no such file"#), "\(result.errors)")
  }

  @Test func aUsageErrorIsEscaped() throws {
    let result = try Tool.run(["inspect", "x", "--\u{1b}[31m"])
    #expect(result.status == 64)
    #expect(result.errors.contains(#"\u{1b}[31m"#) && !result.errors.contains("\u{1b}"), "\(result.errors)")
  }
}
