import MISTFormats
import Testing

/// What editors leave around names is none of theirs.
@Suite struct PlainTextTests {
  @Test(arguments: [
    "cat\ndog\n", "\u{FEFF}cat\ndog", "cat\r\ndog\r\n", "\u{FEFF}cat \r\ndog\t\r\n\r\n", "cat\rdog\r",
    "  cat\n\tdog\u{A0}\n \n",
  ])
  func linesAreNames(_ text: String) {
    let read = PlainText.text(Array(text.utf8)).map { PlainText.lines($0) }
    #expect(read == ["cat", "dog"])
  }

  @Test func whatStandsInsideStays() {
    #expect(PlainText.lines("traffic  light\n\nx\u{FEFF}y") == ["traffic  light", "", "x\u{FEFF}y"])
    #expect(PlainText.text([0xEF, 0xBB, 0xBF, 0xFF]) == nil)
    #expect(PlainText.text([0xEF, 0xBB, 0xBF]) == "")
    #expect(PlainText.name(" a b \r\n") == "a b")
  }
}
