import MISTEdge
import Testing

@testable import MISTTuning

@Suite("Gradient lanes")
struct GradientLaneTests {
  private func sum(_ values: [Float], threads: Int) throws -> [Float] {
    let shape = NetworkShape(tokens: 1, channels: 3, classes: 2, depth: 0)
    let lanes = values.map { value in
      let lane = GradientLane(shape)
      for i in 0..<lane.gradient.buffer.count { lane.gradient.buffer.pointer[i] = value + Float(i) }
      return lane
    }
    lanes.reduce(shares: threads) { count, body in for i in 0..<count { body(i) } }
    let buffer = lanes[0].gradient.buffer
    return (0..<buffer.count).map { buffer.pointer[$0] }
  }

  @Test("any number of them is added up", arguments: 1...9)
  func all(_ count: Int) throws {
    let values = (0..<count).map { Float(1 << $0) }
    for threads in 1...3 {
      let sums = try sum(values, threads: threads)
      for (i, value) in sums.enumerated() {
        #expect(value == values.reduce(0, +) + Float(i * count))
      }
    }
  }

  @Test("four are added as two and two")
  func order() throws {
    // The sum of the last two is rounded away beside the first, but for itself it is 2.
    let values: [Float] = [16_777_216, -(16_777_216), 1, 1]
    #expect(try sum(values, threads: 2)[0] == (values[0] + values[1]) + (values[2] + values[3]))
    let apart: [Float] = [16_777_216, 1, 1, 0]
    #expect(try sum(apart, threads: 1)[0] == (apart[0] + apart[1]) + (apart[2] + apart[3]))
    #expect(try sum(apart, threads: 1)[0] != apart[0] + (apart[1] + apart[2]))
  }
}
