import MISTFormats
import Testing

/// What editors leave around names is none of theirs.
@Suite struct PlainTextTests {
  @Test(arguments: [
    "cat\ndog\n", "\u{FEFF}cat\ndog", "cat\r\ndog\r\n", "\u{FEFF}cat \r\ndog\t\r\n\r\n", "cat\rdog\r",
    "  cat\n\tdog\u{A0}\n \n",
  ])
  func linesAreNames(_ text: String) throws {
    let read = try PlainText.text(Array(text.utf8)) { MISTError(.usage, $0) }
    #expect(PlainText.lines(read) == ["cat", "dog"])
  }

  @Test func whatStandsInsideStays() {
    #expect(PlainText.lines("traffic  light\n\nx\u{FEFF}y") == ["traffic  light", "", "x\u{FEFF}y"])
    func read(_ bytes: [UInt8]) -> String? { try? PlainText.text(bytes) { MISTError(.usage, $0) } }
    #expect(read([0xEF, 0xBB, 0xBF, 0xFF]) == nil)
    #expect(read([0xEF, 0xBB, 0xBF]) == "")
    #expect(PlainText.name(" a b \r\n") == "a b")
  }
}
