import Foundation
import TestSupport
import Testing

@testable import MISTFormats

/// The limits that the documents name are the code's.
struct LimitsTests {
  @Test func documentsAndCodeAgree() throws {
    #expect(
      try FormatLimit.disagreements("safetensors.md", ["SafetensorsHeader.limit": SafetensorsHeader.limit])
        == [])
    #expect(
      try FormatLimit.disagreements(
        "onnx-subset.md", ["WireReader.maximumFieldNumber": WireReader.maximumFieldNumber]) == [])
    #expect(
      try FormatLimit.disagreements(
        "npz.md", ["NPYLimits.header": NPYLimits.header, "NPYLimits.dimensions": NPYLimits.dimensions]) == [])
    #expect(
      try FormatLimit.disagreements(
        "sharded-checkpoint.md",
        [
          "ShardIndex.limit": ShardIndex.limit, "ShardIndex.shardLimit": ShardIndex.shardLimit,
          "ShardIndex.depthLimit": ShardIndex.depthLimit,
        ]) == [])
  }

  @Test func documentsOfPyTorchCheckpointsAndCodeAgree() throws {
    #expect(
      try FormatLimit.disagreements(
        "zip.md",
        [
          "ZipLimits.members": ZipLimits.members, "ZipLimits.inflatedSize": ZipLimits.inflatedSize,
          "ZipLimits.ratio": ZipLimits.ratio, "ZipLimits.ratioAllowance": ZipLimits.ratioAllowance,
        ]) == [])
    #expect(
      try FormatLimit.disagreements(
        "tar.md",
        [
          "TarLimits.members": TarLimits.members, "TarLimits.name": TarLimits.name,
          "TarLimits.records": TarLimits.records, "TarLimits.padding": TarLimits.padding,
        ]) == [])
    #expect(
      try FormatLimit.disagreements(
        "pytorch-checkpoint.md",
        [
          "PickleLimits.operations": PickleLimits.operations, "PickleLimits.objects": PickleLimits.objects,
          "PickleLimits.stack": PickleLimits.stack, "PickleLimits.marks": PickleLimits.marks,
          "PickleLimits.text": PickleLimits.text, "PickleLimits.globalName": PickleLimits.globalName,
          "PyTorchLimits.tensors": PyTorchLimits.tensors, "PyTorchLimits.nesting": PyTorchLimits.nesting,
          "PyTorchLimits.entries": PyTorchLimits.entries, "PyTorchLimits.name": PyTorchLimits.name,
          "PyTorchLimits.dimensions": PyTorchLimits.dimensions,
          "PyTorchLimits.expanded": PyTorchLimits.expanded,
        ]) == [])
  }

  @Test func aTableThatSaysOtherwiseIsNoticed() throws {
    #expect(try FormatLimit.disagreements("safetensors.md", ["SafetensorsHeader.limit": 1]).count == 1)
    #expect(try FormatLimit.disagreements("safetensors.md", ["Other.limit": 1]).count == 2)
  }

  /// A document without limits says so.
  @Test func everyDocumentHasTheSection() throws {
    let folder = Fixture.root + "/../Formats"
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".md") {
      let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
      #expect(text.contains("\n## Limits\n"), "\(name)")
    }
  }
}
