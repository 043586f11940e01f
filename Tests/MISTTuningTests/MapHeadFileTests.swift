import MISTEdge
import MISTFormats
import MISTTuning
import TestSupport
import Testing

@Suite("Head files for segmentation")
struct MapHeadFileTests {
  private static let valid = Fixture.path("malformed/head/valid-maps.safetensors")

  @Test("a valid head is read, and written again byte for byte the same numbers")
  func roundTrip() throws {
    let head = try Head.read(Self.valid)
    #expect(head.description.task == .segmentation, "a head of version 2 is one on maps")
    #expect(head.shape.streams.map(\.depth) == [0, 1])
    #expect((head.shape.dense?.height, head.shape.dense?.width) == (8, 11))
    #expect(head.shape.dense?.hidden == 4 && head.shape.inputNorm && head.shape.dense?.norm == true)
    // make.py fills every matrix with (i % 7 − 3)/16.
    let table = ParameterTable(head.shape)
    #expect(head.parameters[table.range(.blockInput, stream: 1, block: 0).lowerBound + 5] == 2.0 / 16)
    #expect(head.parameters[table.range(.inputGain, stream: 0).lowerBound] == 1)
    #expect(head.parameters[table.range(.classifierBias).lowerBound] == -3.0 / 16)
    try Fixture.withTemporaryFolder { folder in
      try head.write(to: folder + "/head.safetensors")
      let again = try Head.read(folder + "/head.safetensors")
      #expect(again.description == head.description)
      #expect(again.parameters == head.parameters)
    }
  }

  @Test("the layout's tensors fill the parameters exactly once, for every kind of head")
  func coverage() {
    for hidden in [0, 5] {
      for (inputNorm, norm) in [(false, false), (true, true)] {
        let network = DenseNetwork(
          levels: [
            .init(level: 1, height: 3, width: 4, channels: 6, depth: 2, reduction: 2),
            .init(level: 3, height: 2, width: 2, channels: 9),
          ], hidden: hidden, rank: 3, inputNorm: inputNorm, norm: norm)
        let shape = network.shape(height: 12, width: 16, classes: 4)
        let table = ParameterTable(shape)
        let tensors = table.parameters
        #expect(Set(tensors.map { table.fileName(of: $0, in: shape) }).count == tensors.count)
        var end = 0
        for tensor in tensors {
          #expect(tensor.range.lowerBound == end)
          #expect(tensor.shape.reduce(1, *) == tensor.range.count)
          end = tensor.range.upperBound
        }
        #expect(end == table.count)
      }
    }
  }
}
