import Testing

@testable import MISTEdge

@Suite("Block functions")
struct BlockFunctionTests {
  private func shape(_ function: BlockFunction, depth: Int, pooling: Pooling = .mean) -> NetworkShape {
    NetworkShape(
      grid: TokenGrid(prefix: 1, height: 14, width: 14), channels: 768, classes: 1, depth: depth,
      function: function, rank: function.defaultRank, pooling: pooling, inputNorm: false)
  }

  /// Parameters in units of 2²⁰, without the final norm and the classifier: Table 4 of the paper.
  @Test(
    "the paper's parameters",
    arguments: [
      (BlockFunction.attention, 4, 399_360), (.attention, 8, 798_720), (.mlp, 4, 399_360), (.mlp, 8, 798_720),
      (.dwconv, 4, 36_864), (.dwconv, 8, 73_728),
    ])
  func parameters(_ function: BlockFunction, _ depth: Int, _ count: Int) {
    let all = ParameterTable(shape(function, depth: depth)).count
    #expect(all - ParameterTable(shape(function, depth: 0)).count == count)
  }

  @Test("only blocks that bring others into the class token need them")
  func usedTokens() {
    func used(_ function: BlockFunction, _ depth: Int, _ pooling: Pooling) -> Int {
      EdgeNetwork<PortableKernels>(shape(function, depth: depth, pooling: pooling)).usedTokens(197)
    }
    #expect(used(.attention, 0, .cls) == 1 && used(.attention, 1, .cls) == 197)
    #expect(used(.mlp, 2, .cls) == 1 && used(.mlp, 2, .mean) == 197)
    #expect(used(.dwconv, 1, .mean) == 197)
  }

  @Test("what does not go together has no network")
  func flaws() {
    #expect(shape(.dwconv, depth: 1, pooling: .cls).flaw == .classToken)
    #expect(shape(.dwconv, depth: 1).flaw == nil && shape(.mlp, depth: 1, pooling: .cls).flaw == nil)
    var unknown = shape(.dwconv, depth: 1)
    (unknown.streams[0].prefix, unknown.streams[0].height) = (197, 0)
    #expect(unknown.flaw == .grid)
    var maps = NetworkShape(
      levels: [StreamShape(height: 2, width: 2, channels: 4, depth: 1)], outputHeight: 2, outputWidth: 2,
      classes: 2)
    #expect(maps.flaw == nil)
    maps.function = .mlp
    #expect(maps.flaw == .maps)
  }

  @Test("names and codes")
  func names() {
    for function in BlockFunction.all {
      #expect(
        BlockFunction(function.name.description) == function && BlockFunction(code: function.code) == function
      )
    }
    #expect(BlockFunction.all.count == 3 && BlockFunction("conv") == nil && BlockFunction(code: 3) == nil)
  }
}
