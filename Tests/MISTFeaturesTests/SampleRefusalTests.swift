import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTFeatures

/// What archives and lists of samples are refused for.
@Suite struct SampleRefusalTests {
  struct Fault: Sendable, CustomTestStringConvertible {
    let code: ErrorCode
    let members: [String]
    let says: String
    var task: FeatureTask?
    var testDescription: String { code.name + " " + says }
  }

  /// Members `name=content`.
  static let archives = [
    Fault(code: .samplesNoLabel, members: ["a.jpg=", "b.jpg=", "a.cls=cat"], says: "neither"),
    Fault(code: .samplesTwoImages, members: ["a.jpg=", "a.png=", "a.cls=cat"], says: "'a.jpg'"),
    Fault(code: .samplesInvalidLabel, members: ["a.jpg=", "a.cls= \n"], says: "empty"),
    Fault(code: .samplesInvalidLabel, members: ["a.jpg=", "a.cls=a\u{1}b"], says: "control"),
    Fault(code: .samplesInvalidLabel, members: ["a.jpg=", "a.cls=1", "a.CLS=2"], says: "another label"),
    Fault(code: .samplesInvalidLabel, members: ["a.jpg=", "a.json={\"name\": 1}"], says: "one of label"),
    Fault(
      code: .samplesInvalidLabel, members: ["a.jpg=", "a.json={\"cls\": 1, \"label\": 1}"], says: "one of"),
    Fault(code: .samplesInvalidLabel, members: ["a.jpg=", "a.json=-1"], says: "number from 0"),
    Fault(code: .samplesInvalidLabel, members: ["a.jpg=", "a.json=1.5"], says: "number from 0"),
    Fault(code: .classesMissing, members: ["a.jpg=", "a.cls=0"], says: "numbers"),
    Fault(code: .samplesMixedLabels, members: ["a.jpg=", "a.cls=cat", "b.jpg=", "b.cls=7"], says: "'cat'"),
    Fault(code: .imagesNone, members: ["a.cls=0", "readme="], says: "no images"),
    Fault(
      code: .masksMissing, members: ["a.jpg=", "a.seg.png=", "b.jpg="], says: ".seg.png"),
    Fault(
      code: .masksSameStem, members: ["a.jpg=", "a.seg.png=", "a.SEG.png="], says: "another mask"),
    Fault(code: .samplesNoLabel, members: ["a.jpg=", "a.seg.png="], says: "neither", task: .classification),
  ]

  @Test(arguments: archives)
  func archivesAreRefusedByName(_ fault: Fault) throws {
    try Fixture.withTemporaryFolder { folder in
      let members = fault.members.map { text in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (name: String(parts[0]), bytes: Array(parts[1].utf8))
      }
      let path = folder + "/data.tar"
      try Data(TarWriter.archive(members)).write(to: URL(fileURLWithPath: path))
      try Data("x\ny\n".utf8).write(to: URL(fileURLWithPath: folder + "/classes.txt"))
      let error = #expect(throws: MISTError.self) {
        try SampleSources.open(SampleRequest([path], task: fault.task))
      }
      #expect(error?.code == fault.code && error?.file == path, "\(String(describing: error))")
      #expect(error?.problem.contains(fault.says) == true, "\(String(describing: error))")
    }
  }

  @Test func labelsBeyondTheListAreRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      let names = folder + "/names.txt"
      try Data("cat\ndog\n".utf8).write(to: URL(fileURLWithPath: names))
      for (label, isKnown) in [
        ("1", true), ("2", false), ("99999999999999999999", false), ("dog", true), ("cow", false),
      ] {
        let path = folder + "/data.tar"
        let members = [(name: "a.jpg", bytes: [UInt8]()), (name: "a.cls", bytes: Array(label.utf8))]
        try Data(TarWriter.archive(members)).write(to: URL(fileURLWithPath: path))
        let request = SampleRequest([path], classes: names)
        guard !isKnown else {
          #expect(try SampleSources.open(request).splits[0].labels == [1])
          continue
        }
        let error = #expect(throws: MISTError.self) { try SampleSources.open(request) }
        #expect(error?.code == .samplesUnknownClass)
      }
    }
  }

  struct ListFault: Sendable, CustomTestStringConvertible {
    let code: ErrorCode
    let text: String
    let line: Int?
    var testDescription: String { code.name + " " + text.debugDescription }
  }

  static let lists = [
    ListFault(code: .listInvalid, text: "", line: nil),
    ListFault(code: .listInvalid, text: "label\ncat\n", line: 1),
    ListFault(code: .listInvalid, text: "path,split\na.png,val\n", line: 1),
    ListFault(code: .listInvalid, text: "path,label,mask\na.png,cat,a.png\n", line: 1),
    ListFault(code: .listInvalid, text: "path,label,Path\na.png,cat,a.png\n", line: 1),
    ListFault(code: .imagesNone, text: "path,label\n", line: nil),
    ListFault(code: .listInvalid, text: "path,label\na.png,cat\nb.png\n", line: 3),
    ListFault(code: .listInvalid, text: "path,label\n\n\"a\nb.png\",cat\nb.png\n", line: 3),
    ListFault(code: .listInvalid, text: "path,label\na.png,\"cat\n", line: 2),
    ListFault(code: .listInvalid, text: "path,label\na.png,\"cat\"x\n", line: 2),
    ListFault(code: .listInvalid, text: "path,label\na.png,c\"at\n", line: 2),
    ListFault(code: .listInvalid, text: "path,label\na.png,c\rat\n", line: 2),
    ListFault(code: .listEmptyField, text: "path,label\na.png, \n", line: 2),
    ListFault(code: .listEmptyField, text: "path,label\na.png,cat\n,cat\n", line: 3),
    ListFault(code: .listDuplicate, text: "path,label\na.png,cat\nb.png,cat\r\na.png,dog\n", line: 4),
    ListFault(code: .listUnknownSplit, text: "path,label,split\na.png,cat,eval\n", line: 2),
    ListFault(code: .listMissingFile, text: "path,label\na.png,cat\nc.png,cat\n", line: 3),
    ListFault(code: .listMissingFile, text: "path\tmask\na.png\tc.png\n", line: 2),
    ListFault(code: .samplesMixedLabels, text: "path,label\na.png,cat\nb.png,0\n", line: 3),
    ListFault(code: .classesMissing, text: "path,label\na.png,0\n", line: 2),
  ]

  @Test(arguments: lists)
  func listsAreRefusedWithTheLine(_ fault: ListFault) throws {
    try Fixture.withTemporaryFolder { folder in
      for name in ["a.png", "b.png"] {
        try Data([1]).write(to: URL(fileURLWithPath: folder + "/" + name))
      }
      let path = folder + "/list"
      try Data(fault.text.utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: MISTError.self) { try SampleSources.open(SampleRequest([], list: path)) }
      #expect(error?.code == fault.code && error?.file == path, "\(String(describing: error))")
      #expect(error?.place == fault.line.map { "line \($0)" }, "\(String(describing: error))")
    }
  }

  @Test func quotesMayHoldEverything() throws {
    let text = "\u{FEFF}path,label\r\n\"a,\"\"b\"\"\",\"x\ny\"\r\n\r\nc,\"\"\n"
    let rows = try DelimitedText(Array(text.utf8), separator: 0x2C).rows
    #expect(rows.map(\.line) == [1, 2, 5])
    #expect(rows.map(\.fields) == [["path", "label"], ["a,\"b\"", "x\ny"], ["c", ""]])
  }

  @Test func sourcesDoNotMix() throws {
    let requests = [
      SampleRequest([]), SampleRequest(["a", "b"]), SampleRequest(["a.tar"], splits: [("val", "b.tar")]),
      SampleRequest([], splits: [("eval", "b.tar")]), SampleRequest(["a"], list: "list.csv"),
      SampleRequest(["photos"], task: .classification, classes: "names.txt"),
    ]
    for request in requests {
      let error = #expect(throws: MISTError.self) { try SampleSources.open(request) }
      #expect(error?.code == .usage, "\(request)")
    }
  }
}
