import Testing

/// Numbers that no job can want are refused by name before anything is opened.
@Suite struct NumberOptionTests {
  @Test(arguments: [
    ["train", "--batch", "9223372036854775807"], ["train", "--batch", "0"], ["train", "--rank", "1025"],
    ["train", "--hidden", "16385"], ["train", "--threads", "1000000"], ["train", "--epochs", "1000001"],
    ["train", "--patience", "1000001"], ["train", "--warmup", "1000000001"], ["train", "--queries", "257"],
    ["train", "--depth", "65"], ["extract", "--threads", "1025"], ["extract", "--views", "65537"],
    ["extract", "--shard-size", "16777217"], ["extract", "--shard-size", "0"], ["eval", "--threads", "0"],
    ["predict", "--threads", "1025"], ["predict", "--top", "1048577"], ["bench", "--threads", "1025"],
  ])
  func aNumberOutsideItsRangeIsAUsageError(arguments: [String]) throws {
    let output = ["train", "extract"].contains(arguments[0]) ? ["-o", "out"] : []
    let result = try Tool.run(
      arguments + ["nowhere"] + (arguments[0] == "train" ? [] : ["nowhere"]) + output, in: "/")
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.errors.contains("\(arguments[1]) must be within "), "\(result.errors)")
  }

  @Test func aListOfThousandsIsAUsageError() throws {
    let seeds = (0...1000).map(String.init).joined(separator: ",")
    let result = try Tool.run(["train", "nowhere", "-o", "out", "--seed", seeds], in: "/")
    #expect(result.status == 64 && result.errors.contains("--seed takes at most 1000 values"))
  }
}
