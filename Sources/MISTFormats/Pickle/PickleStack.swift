/// The machine's stack, and what is put on it.
extension PickleMachine {
  /// Operands lie above the last mark.
  var floor: Int { marks.last ?? 0 }

  mutating func push(_ value: PickleValue) throws {
    guard stack.count < PickleLimits.stack else {
      throw error(.pickleStackTooDeep, "more than \(PickleLimits.stack) values are on the stack")
    }
    stack.append(value)
  }

  mutating func push(_ kind: PickleObject.Kind, _ items: [PickleValue] = []) throws {
    try push(.object(try place(kind, items)))
  }

  /// Adds an object to the table.
  mutating func place(_ kind: PickleObject.Kind, _ items: [PickleValue] = []) throws -> Int {
    guard objects.count < PickleLimits.objects else {
      throw error(.pickleTooManyObjects, "the pickle makes more than \(PickleLimits.objects) objects")
    }
    objects.append(PickleObject(kind: kind, items: items))
    return objects.count - 1
  }

  mutating func pushInteger(_ range: Range<Int>) throws {
    guard range.count <= 8 else { return try push(.wide(range)) }
    var value: UInt64 = 0
    for (i, place) in range.enumerated() { value |= UInt64(reader.bytes[place]) << UInt64(8 * i) }
    let unused = UInt64(64 - 8 * range.count)
    // Two's complement of as many bytes as there are.
    try push(.int(range.isEmpty ? 0 : Int(Int64(bitPattern: value << unused) >> Int64(unused))))
  }

  mutating func pushText(_ range: Range<Int>, mayBeBytes: Bool = false) throws {
    guard range.count <= PickleLimits.text else { return try push(.data) }
    let text: String
    do throws(MISTError) {
      text = try MISTFormats.text(of: reader.bytes[range]) { self.error(.pickleInvalidText, "a text \($0)") }
    } catch {
      // Python writes lone surrogates; what has them is no tensor's name.
      if mayBeBytes { return try push(.data) }
      throw error
    }
    try push(.text(text))
  }

  mutating func pushData(_: Range<Int>) throws { try push(.data) }

  mutating func pop() throws -> PickleValue { try pop(1)[0] }

  /// The top `count` values, the lowest first.
  mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - floor >= count else { throw underflow(count) }
    defer { stack.removeLast(count) }
    return Array(stack[(stack.count - count)...])
  }

  func top() throws -> PickleValue {
    guard stack.count > floor, let value = stack.last else { throw underflow(1) }
    return value
  }

  func underflow(_ count: Int) -> MISTError {
    error(
      .pickleStackUnderflow, "an operation needs \(count) values, but \(stack.count - floor) are there")
  }

  func topObject() throws -> Int? {
    guard case .object(let target) = try top() else { return nil }
    return target
  }

  mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw error(.pickleMissingMark, "an operation finds no mark") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  mutating func pairs() throws -> [PickleValue] {
    let items = try popToMark()
    guard items.count % 2 == 0 else {
      throw error(.pickleOddItems, "\(items.count) values are not pairs of a key and a value")
    }
    return items
  }

  enum Container { case list, dictionary }

  mutating func extend(with items: [PickleValue], _ allowed: Container) throws {
    if let target = try topObject() {
      switch (objects[target].kind, allowed) {
      case (.list, .list), (.dictionary, .dictionary), (.placeholder, _):
        objects[target].items.append(contentsOf: items)
        return
      default: break
      }
    }
    throw error(
      .pickleWrongOperand,
      "an operation on a \(allowed == .list ? "list" : "dictionary") finds something else")
  }

  mutating func recall(_ number: Int) throws {
    guard let value = memo[number] else {
      throw error(.pickleMemoMiss, "it refers to value \(number), which it has not remembered")
    }
    try push(value)
  }

  func error(_ code: ErrorCode, _ problem: String, advice: String? = nil) -> MISTError {
    reader.error(code, problem, at: start, advice: advice)
  }
}
