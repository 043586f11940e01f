import Foundation
import Testing

@testable import MISTEdge

/// What the runtime draws with is what the C library would give, but for the last bit.
@Suite struct InitialisationTests {
  @Test func logarithmsAreThoseOfTheLibrary() {
    var random = SplitMix64(1)
    for _ in 0..<200_000 {
      let x = 1 - Double(Float(random.next() >> 40) * 0x1p-24)
      #expect(abs(MISTEdge.logarithm(x) - log(x)) <= 4e-16 * max(abs(log(x)), 1e-3), "\(x)")
    }
  }

  @Test func cosinesAreThoseOfTheLibrary() {
    for i in 0..<200_000 {
      let x = Double(i) / 200_000
      #expect(abs(cosine(ofTurns: x) - cos(2 * Double.pi * x)) <= 1e-15, "\(x)")
    }
  }

  /// The numbers of `Initialisation.normal` as they were with the library's functions.
  @Test func normalNumbersAreTheLibrarys() {
    let shape = NetworkShape(tokens: 1, channels: 512, classes: 100, depth: 0)
    let table = ParameterTable(shape)
    let values = FloatBuffer(table.count)
    Initialisation.fill(values.pointer, table, seed: 7)
    var random = CounterRandom(seed: 7, .initialisation)
    for parameter in table.parameters where parameter.initialisation == .normal {
      for i in parameter.range {
        let radius = (-2 * log(1 - Double(random.uniform()))).squareRoot()
        #expect(values.pointer[i] == Float(0.02 * radius * cos(2 * Double.pi * Double(random.uniform()))))
      }
    }
  }

  @Test func nothingIsDrawnOfWhatIsGiven() {
    let shape = NetworkShape(tokens: 3, channels: 8, classes: 4, depth: 1)
    let table = ParameterTable(shape)
    let values = FloatBuffer(table.count)
    for i in 0..<table.count { values.pointer[i] = -7 }
    Initialisation.fill(values.pointer, table, seed: 1) { $0.name == .classifier }
    let drawn = FloatBuffer(table.count)
    Initialisation.fill(drawn.pointer, table, seed: 1)
    for parameter in table.parameters {
      for i in parameter.range {
        #expect(
          parameter.name == .classifier ? values.pointer[i] == -7 : values.pointer[i] == drawn.pointer[i])
      }
    }
  }
}
