import Foundation
import Testing

@testable import MISTFormats

@Suite struct CombiningMarksTests {
  private static let marks = "\u{301}\u{316}"

  @Test(arguments: [(15, true), (16, false)])
  func thirtyInARowAreRead(pairs: Int, isRead: Bool) throws {
    let name = "a" + String(repeating: Self.marks, count: pairs) + "b"
    let read = try? text(of: Array(name.utf8)) { MISTError(.usage, $0) }
    #expect((read != nil) == isRead)
  }

  @Test func marksThatStandApartAreCountedApart() throws {
    let name = String(repeating: "e\u{301}", count: 1000)
    #expect(try text(of: Array(name.utf8)) { MISTError(.usage, $0) } == name)
  }

  @Test(arguments: [true, false])
  func jsonWithLongerRunsIsRefused(isEscaped: Bool) {
    func document(_ pairs: Int) -> Data {
      let run = String(repeating: isEscaped ? #"\u0301\u0316"# : Self.marks, count: pairs)
      return Data("{\"a\(run)\": 1}".utf8)
    }
    #expect(JSONInput.object(document(15))?.count == 1)
    #expect(JSONInput.object(document(16)) == nil)
    #expect(throws: DecodingError.self) { try JSONInput.decode([String: Int].self, from: document(16)) }
    #expect(throws: Never.self) { try JSONInput.decode([String: Int].self, from: document(15)) }
  }

  @Test func halvesOfASurrogatePairAreOneMark() {
    // U+1D165, a combining stem.
    let run = String(repeating: #"\ud834\udd65"#, count: 31)
    #expect(JSONInput.object(Data("{\"a\(run)\": 1}".utf8)) == nil)
    #expect(JSONInput.object(Data("{\"a\(run.dropLast(12))\": 1}".utf8)) != nil)
  }

  @Test func partsOfAMessageThatAFileMakesLongAreCut() {
    let long = String(repeating: "x", count: 100_000)
    let error = MISTError(.usage, file: "a file", at: long, long, advice: long)
    #expect(error.description.count < 5000)
    #expect(error.description.hasPrefix("a file: xxx"))
  }
}
