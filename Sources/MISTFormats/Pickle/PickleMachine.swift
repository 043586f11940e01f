/// Reads one pickle into a table of objects. It knows the opcodes of protocols 2 to 5 that data needs and calls nothing:
/// names of classes and functions are compared with `PickleGlobals`, and what is not in there becomes a placeholder.
struct PickleMachine {
  private(set) var reader: PickleReader
  var objects: [PickleObject] = []
  var stack: [PickleValue] = []
  var marks: [Int] = []
  var memo: [Int: PickleValue] = [:]
  private var operations = 0
  /// Where the opcode being carried out lies.
  var start = 0

  init(_ reader: PickleReader) { self.reader = reader }

  /// Carries out opcodes until the pickle's end and gives its value; `reader.position` is what follows.
  mutating func run() throws -> PickleValue {
    while true {
      start = reader.position
      try charge(1)
      let opcode = try reader.byte()
      if opcode == UInt8(ascii: ".") { return try pop() }
      try carryOut(opcode)
    }
  }

  /// Counts work against the limit.
  mutating func charge(_ count: Int) throws {
    operations += count
    guard operations <= PickleLimits.operations else {
      throw error(
        .pickleTooManyOperations, "the pickle has more than \(PickleLimits.operations) operations")
    }
  }

  private mutating func carryOut(_ opcode: UInt8) throws {
    switch opcode {
    case 0x80:
      let version = try reader.byte()
      guard (2...5).contains(version) else {
        throw error(
          .pickleUnsupportedProtocol, "protocols 2 to 5 are read, but this pickle has protocol \(version)")
      }
    case 0x95: _ = try reader.number(UInt64.self)  // a frame's length: a hint for buffering
    case UInt8(ascii: "("):
      guard marks.count < PickleLimits.marks else {
        throw error(.pickleTooManyMarks, "more than \(PickleLimits.marks) marks are open")
      }
      marks.append(stack.count)
    case UInt8(ascii: "0"):
      if stack.count == floor, !marks.isEmpty { marks.removeLast() } else { _ = try pop() }
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): try push(try top())
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "J"): try push(.int(Int(try reader.number(Int32.self))))
    case UInt8(ascii: "K"): try push(.int(Int(try reader.byte())))
    case UInt8(ascii: "M"): try push(.int(Int(try reader.number(UInt16.self))))
    case 0x8a: try pushInteger(try reader.take(try reader.byte()))
    case 0x8b: try pushInteger(try reader.take(try reader.number(Int32.self)))
    case UInt8(ascii: "G"):
      _ = try reader.take(8)
      try push(.float)
    case UInt8(ascii: "U"): try pushText(try reader.take(try reader.byte()), mayBeBytes: true)
    case UInt8(ascii: "T"): try pushText(try reader.take(try reader.number(Int32.self)), mayBeBytes: true)
    case 0x8c: try pushText(try reader.take(try reader.byte()))
    case UInt8(ascii: "X"): try pushText(try reader.take(try reader.number(UInt32.self)))
    case 0x8d: try pushText(try reader.take(try reader.number(UInt64.self)))
    case UInt8(ascii: "C"): try pushData(try reader.take(try reader.byte()))
    case UInt8(ascii: "B"): try pushData(try reader.take(try reader.number(UInt32.self)))
    case 0x8e, 0x96: try pushData(try reader.take(try reader.number(UInt64.self)))
    case UInt8(ascii: "]"), 0x8f: try push(.list)
    case UInt8(ascii: "}"): try push(.dictionary)
    case UInt8(ascii: ")"): try push(.tuple)
    case UInt8(ascii: "l"), 0x91: try push(.list, try popToMark())
    case UInt8(ascii: "t"): try push(.tuple, try popToMark())
    case UInt8(ascii: "d"): try push(.dictionary, try pairs())
    case 0x85...0x87: try push(.tuple, try pop(Int(opcode - 0x84)))
    case UInt8(ascii: "a"): try extend(with: [try pop()], .list)
    case UInt8(ascii: "e"), 0x90: try extend(with: try popToMark(), .list)
    case UInt8(ascii: "s"): try extend(with: try pop(2), .dictionary)
    case UInt8(ascii: "u"): try extend(with: try pairs(), .dictionary)
    case UInt8(ascii: "h"): try recall(Int(try reader.byte()))
    case UInt8(ascii: "j"): try recall(Int(try reader.number(UInt32.self)))
    case UInt8(ascii: "q"): memo[Int(try reader.byte())] = try top()
    case UInt8(ascii: "r"): memo[Int(try reader.number(UInt32.self))] = try top()
    case 0x94: memo[memo.count] = try top()
    default: try carryOutName(opcode)
    }
  }

  /// Opcodes with which a pickle speaks of classes and functions.
  private mutating func carryOutName(_ opcode: UInt8) throws {
    switch opcode {
    case UInt8(ascii: "c"):
      let module = try reader.line()
      try pushGlobal(PickleGlobal(module: module, name: try reader.line()))
    case 0x93:
      let parts = try pop(2)
      guard case .text(let module) = parts[0], case .text(let name) = parts[1],
        module.utf8.count <= PickleLimits.globalName, name.utf8.count <= PickleLimits.globalName
      else { throw error(.pickleInvalidGlobal, "a module's and a thing's name are expected") }
      try pushGlobal(PickleGlobal(module: module, name: name))
    case UInt8(ascii: "R"), 0x81:
      let operands = try pop(2)
      try push(try result(of: operands[0], arguments: operands[1]))
    case 0x92:
      let operands = try pop(3)
      let arguments = try place(.tuple, [operands[1], operands[2]])
      try push(try placeholder(of: operands[0], [.object(arguments)]))
    case UInt8(ascii: "b"):
      let state = try pop()
      // Attributes of dictionaries and tensors, such as a state dict's `_metadata`, are not weights.
      if let target = try topObject(), case .placeholder = objects[target].kind {
        objects[target].items.append(state)
      }
    case UInt8(ascii: "Q"): try push(try persistent(try pop()))
    case 0x82...0x84, 0x97, 0x98, UInt8(ascii: "F"), UInt8(ascii: "I"), UInt8(ascii: "L"),
      UInt8(ascii: "P"),
      UInt8(ascii: "S"), UInt8(ascii: "V"), UInt8(ascii: "g"), UInt8(ascii: "i"), UInt8(ascii: "o"),
      UInt8(ascii: "p"):
      throw error(
        .pickleUnsupportedOpcode,
        "opcode 0x\(String(opcode, radix: 16)) belongs to other protocols, or to buffers outside the pickle",
        advice: "save the file again with torch.save")
    default:
      throw error(
        .pickleUnknownOpcode, "0x\(String(opcode, radix: 16)) is not an opcode",
        advice: "the file is damaged, download it again")
    }
  }

  private mutating func pushGlobal(_ global: PickleGlobal) throws {
    guard !PickleGlobals.isForbidden(global) else {
      throw error(
        .pickleForbiddenGlobal,
        "the pickle names \(quoted(global.text)), by which it could run code or reach files on the machine of whoever "
          + "loads it; weights need nothing of the kind, and nothing was run",
        advice: "do not load this file with anything else, and get the weights from elsewhere")
    }
    try push(.global(global))
  }
}
