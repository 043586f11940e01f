import MISTFormats
import Testing

@testable import MISTModels

/// The arithmetic that layer norms are exported as before opset 17.
struct NormSiteTests {
  private func graph(_ nodes: [(String, [String], String)]) throws -> GraphIndex {
    var archive = MemoryArchive()
    archive.add("two", [], [2])
    archive.add("epsilon", [], [1e-5])
    archive.addCounting("norm.weight", [4])
    archive.addCounting("norm.bias", [4])
    let onnx = ONNXGraph(
      producer: "test", opset: 14,
      nodes: nodes.map {
        FoldedEmbeddingTests.node($0.0, $0.1, $0.2, $0.0 == "ReduceMean" ? ["axes": .ints([-1])] : [:])
      },
      inputs: [.init(name: "x", shape: [1, 4])],
      outputs: [], initializers: archive.tensors.map(\.name))
    return try GraphIndex(archive: archive, graph: onnx)
  }

  private static let single: [(String, [String], String)] = [
    ("ReduceMean", ["x"], "mean"), ("Sub", ["x", "mean"], "centred"), ("Pow", ["centred", "two"], "square"),
    ("ReduceMean", ["square"], "variance"), ("Add", ["variance", "epsilon"], "sum"),
    ("Sqrt", ["sum"], "root"),
    ("Div", ["centred", "root"], "unit"), ("Mul", ["unit", "norm.weight"], "scaled"),
    ("Add", ["scaled", "norm.bias"], "normed"),
  ]

  /// As half-precision modules are exported: the variance in a wider type.
  private static let half: [(String, [String], String)] = [
    ("ReduceMean", ["x"], "mean"), ("Sub", ["x", "mean"], "narrow"), ("Cast", ["narrow"], "centred"),
    ("Pow", ["centred", "two"], "square"), ("ReduceMean", ["square"], "variance"),
    ("Add", ["variance", "epsilon"], "sum"), ("Sqrt", ["sum"], "root"), ("Div", ["centred", "root"], "wide"),
    ("Cast", ["wide"], "unit"), ("Mul", ["norm.weight", "unit"], "scaled"),
    ("Add", ["norm.bias", "scaled"], "normed"),
  ]

  @Test(arguments: [false, true]) func decomposed(isHalf: Bool) throws {
    let sites = NormSite.all(in: try graph(isHalf ? Self.half : Self.single))
    let site = try #require(sites.first)
    #expect(sites.count == 1)
    #expect(site.weight.tensor.name == "norm.weight")
    #expect(site.bias?.tensor.name == "norm.bias")
    #expect(site.epsilon == 1e-5)
    #expect(site.output == "normed")
  }

  /// A division by another square root is no norm.
  @Test func otherDivision() throws {
    #expect(NormSite.all(in: try graph([("Sqrt", ["x"], "root"), ("Div", ["x", "root"], "y")])).isEmpty)
  }
}
