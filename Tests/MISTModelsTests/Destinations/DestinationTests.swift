import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

@Suite struct DestinationTests {
  @Test("There and back gives the same bytes, for every pair", arguments: TravelCase.all + TravelCase.halves)
  func thereAndBack(_ travel: TravelCase) throws {
    try Fixture.withTemporaryFolder { folder in
      for first in travel.destinations {
        let start = try TravelCase.write(travel.path, travel.options, to: first, folder + "/\(first)")
        let files = try TravelCase.bytes(start)
        #expect(files.count == (first == .hf ? 3 : first == .timm ? 2 : 1), "\(first)")
        for second in travel.destinations where second != first {
          let there = try TravelCase.write(start, .init(), to: second, folder + "/\(first)-\(second)")
          let back = try TravelCase.write(there, .init(), to: first, folder + "/\(first)-\(second)-\(first)")
          #expect(try TravelCase.bytes(back) == files, "\(first) → \(second) → \(first)")
        }
      }
    }
  }

  @Test("Every way through other conventions ends in the same canonical file", arguments: TravelCase.all)
  func oneModel(_ travel: TravelCase) throws {
    try Fixture.withTemporaryFolder { folder in
      let direct = try TravelCase.bytes(
        TravelCase.write(travel.path, travel.options, to: .canonical, folder + "/direct"))
      for destination in travel.destinations {
        let foreign = try TravelCase.write(
          travel.path, travel.options, to: destination, folder + "/\(destination)")
        #expect(
          try TravelCase.bytes(
            TravelCase.write(foreign, .init(), to: .canonical, folder + "/by-\(destination)")) == direct)
      }
    }
  }

  @Test func fixedEpsilonsAreReported() throws {
    var options = ConversionOptions()
    options.epsilon = 1e-6
    let segformer = try Conversion(
      ModelSource(path: Fixture.path("segformer/hf-segformer-encoder")), options: options)
    #expect(try segformer.plan(for: .hf)?.warnings.contains { $0.contains("6.5e-3") } == true)
    #expect(try segformer.plan(for: .nvlabs)?.warnings.contains { $0.contains("6.5e-3") } == true)
    #expect(try segformer.plan(for: .mmseg)?.warnings.isEmpty == true)
    let vit = try Conversion(ModelSource(path: Fixture.path("vit/hf-vit")))
    #expect(try vit.plan(for: .timm)?.warnings.count == 1)
    #expect(try vit.plan(for: .hf)?.warnings.isEmpty == true)
  }

  /// Facebook's names end in no head count, and their file is as timm converts it.
  @Test func registersWithAPositionBecomeFacebooksNames() throws {
    let conversion = try Conversion(ModelSource(path: Fixture.path("vit/hf-dinov2-registers")))
    let plan = try #require(try conversion.plan(for: .timm))
    #expect(plan.convention == "dinov2")
    #expect(plan.zeros.map(\.name) == ["mask_token"])
    #expect(plan.tensors.contains { $0.info.name == "blocks.0.mlp.w12.weight" })
  }

  /// Options are above what the file carries.
  @Test func optionsWin() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = try TravelCase.write(Fixture.path("vit/timm-vit"), .init(), to: .timm, folder + "/timm")
      var options = ConversionOptions()
      (options.heads, options.epsilon, options.mean) = ([4], 1e-3, [0, 0, 0])
      let plan = try Conversion(ModelSource(path: path), options: options).plan
      #expect(plan.configuration.vit?.heads == 4)
      #expect(plan.configuration.vit?.epsilon == .init(all: 1e-3))
      #expect(plan.preprocessing.mean == [0, 0, 0])
    }
  }
}
