import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// What becomes of EXIF orientation is what the source's own library does, unless told otherwise.
@Suite struct OrientationDefaultTests {
  @Test(arguments: [
    ("vit/timm-vit", Preprocessing.Orientation.ignore), ("vit/hub-dinov2-registers", .ignore),
    ("vit/hf-vit", .apply), ("vit/hf-dinov2", .apply), ("dinov3/timm", .ignore), ("dinov3/hub", .ignore),
    ("dinov3/hf", .apply), ("segformer/hf-segformer-hub", .apply),
  ])
  func followsTheSourcesLibrary(_ fixture: String, _ expected: Preprocessing.Orientation) throws {
    var options = ConversionOptions()
    if fixture.contains("hub-") { options.heads = fixture.hasPrefix("vit") ? [3] : nil }
    let source = try ModelSource(path: Fixture.path(fixture))
    #expect(try Conversion(source, options: options).plan.preprocessing.orientation == expected)
    for wanted in Preprocessing.Orientation.allCases {
      options.orientation = wanted
      let plan = try Conversion(source, options: options).plan
      #expect(plan.preprocessing.orientation == wanted)
      #expect(plan.assumptions.contains("preprocessing changed by options"))
    }
  }

  @Test func everyConventionOfALibraryThatTurnsSaysSo() {
    let turning = Convention.all.filter { $0.orientation == .apply }.map(\.name)
    for convention in Convention.all {
      let isOne = ["huggingface", "nvlabs", "mmseg"].contains { convention.name.hasPrefix($0) }
      #expect(turning.contains(convention.name) == isOne, "\(convention.name)")
    }
  }

  /// Where nothing is applied the JSON is what it was before there was a choice, and so are the hashes over it.
  @Test func ignoringIsWrittenNowhere() throws {
    var preprocessing = Preprocessing(
      resize: .shortestEdge(256), crop: [224, 224], interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1])
    let before =
      #"{"crop":[224,224],"interpolation":"bicubic","mean":[0,0,0],"resize":{"shortestEdge":256},"std":[1,1,1]}"#
    #expect(try CanonicalMetadata.json(preprocessing) == before)
    #expect(try decode(before) == preprocessing)
    preprocessing.orientation = .apply
    let now = try CanonicalMetadata.json(preprocessing)
    #expect(now == before.replacingOccurrences(of: #","resize""#, with: #","orientation":"apply","resize""#))
    #expect(try decode(now) == preprocessing)
    for value in [#""ignore""#, #""sideways""#, "6"] {
      #expect(throws: DecodingError.self) {
        try decode(now.replacingOccurrences(of: #""apply""#, with: value))
      }
    }
  }

  private func decode(_ text: String) throws -> Preprocessing {
    try JSONDecoder().decode(Preprocessing.self, from: Data(text.utf8))
  }

  /// Converted again, and under other names and back, a model keeps what it had.
  @Test(arguments: [("vit/timm-vit", Preprocessing.Orientation.apply), ("vit/hf-vit", .ignore)])
  func itTravelsWithTheModel(_ fixture: String, _ orientation: Preprocessing.Orientation) throws {
    try Fixture.withTemporaryFolder { folder in
      var options = ConversionOptions()
      options.orientation = orientation
      let model = folder + "/model.safetensors"
      try Conversion(ModelSource(path: Fixture.path(fixture)), options: options).run(to: model)
      #expect(try CanonicalCheckpoint.open(model).preprocessing.orientation == orientation)
      let again = try Conversion(ModelSource(path: model))
      #expect(again.plan.preprocessing.orientation == orientation)
    }
  }
}
