import Testing

@testable import MISTFormats

@Suite struct MachineMemoryTests {
  @Test func moreThanThereIsOrCanBeCountedIsRefused() throws {
    #expect(MachineMemory.available > 0)
    try MachineMemory.require(1, for: "a byte", advice: "none")
    for bytes in [Int.max, nil] {
      #expect {
        try MachineMemory.require(bytes, for: "this", advice: "use less")
      } throws: {
        guard let error = $0 as? MISTError else { return false }
        return error.code == .memoryInsufficient && "\(error)".hasPrefix("this takes about ")
      }
    }
  }

  @Test func whatCannotBeCountedIsNil() {
    #expect(MachineMemory.product([1 << 40, 3]) == 3 << 40)
    #expect(MachineMemory.product([1 << 40, 1 << 40]) == nil)
    #expect(MachineMemory.sum([1, 2, 3]) == 6)
    #expect(MachineMemory.sum([.max, 1]) == nil)
    #expect(MachineMemory.sum([1, nil]) == nil)
  }
}
