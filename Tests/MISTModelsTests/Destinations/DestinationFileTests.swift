import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// The files beside the weights.
@Suite struct DestinationFileTests {
  /// transformers and timm read these files; here it is only that they say what the model is.
  @Test(
    "The files beside the weights say what the model is", arguments: TravelCase.all)
  func configurationFiles(_ travel: TravelCase) throws {
    try Fixture.withTemporaryFolder { folder in
      for destination in travel.destinations where destination.isFolder {
        let path = try TravelCase.write(
          travel.path, travel.options, to: destination, folder + "/\(destination)")
        let known = try Conversion(ModelSource(path: path)).plan
        // Without the metadata everything must come from the files beside.
        try strip(path + "/model.safetensors")
        var options = ConversionOptions()
        if destination == .timm { options.heads = travel.heads }
        let read = try Conversion(ModelSource(path: path), options: options).plan
        #expect(read.preprocessing.mean == known.preprocessing.mean)
        #expect(read.preprocessing.resize == known.preprocessing.resize)
        #expect(read.preprocessing.interpolation == known.preprocessing.interpolation)
        #expect(read.classNames == known.classNames)
        switch (known.configuration.details, read.configuration.details) {
        case (var a as ViTConfiguration, let b as ViTConfiguration):
          // What these files have no word for.
          a.positionResize = b.positionResize
          if destination == .timm { a.epsilon = b.epsilon }
          if travel.name == "timm-dinov2-reg" { #expect(b.heads == a.heads) }
          #expect(a == b)
        case (var a as SegFormerConfiguration, let b as SegFormerConfiguration):
          // transformers has one of its own.
          a.epsilon = b.epsilon
          #expect(a == b)
        default: #expect(known.configuration == read.configuration)
        }
      }
    }
  }

  /// Removes the metadata of a safetensors file.
  private func strip(_ path: String) throws {
    let archive = try SafetensorsArchive(path: path)
    var writer = try SafetensorsWriter(path: path, tensors: archive.tensors)
    for tensor in archive.tensors {
      try archive.withBytes(of: tensor.name) { try writer.append(tensor.name, $0) }
    }
    try writer.finish()
  }
}
