/// What values are, when something particular is expected.
extension PickleMachine {
  func global(_ value: PickleValue) -> PickleGlobal? {
    guard case .object(let place) = value, case .global(let global) = objects[place].kind else { return nil }
    return global
  }

  func tuple(_ value: PickleValue) -> [PickleValue]? {
    guard case .object(let place) = value, case .tuple = objects[place].kind else { return nil }
    return objects[place].items
  }

  func sequence(_ value: PickleValue) -> [PickleValue]? {
    if let items = tuple(value) { return items }
    guard case .object(let place) = value, case .list = objects[place].kind else { return nil }
    return objects[place].items
  }

  func integers(_ value: PickleValue) -> [Int]? {
    guard let items = sequence(value) else { return nil }
    let numbers = items.compactMap { if case .int(let number) = $0 { number } else { nil } }
    return numbers.count == items.count ? numbers : nil
  }

  func isTensor(_ value: PickleValue) -> Bool {
    guard case .object(let place) = value else { return false }
    switch objects[place].kind {
    case .tensor, .unsupportedTensor: return true
    default: return false
    }
  }

  func key(_ value: PickleValue) -> String? {
    switch value {
    case .text(let text): text
    case .int(let number): String(number)
    default: nil
    }
  }

  /// What a dictionary is made of when it is not empty: one list of pairs.
  mutating func pairs(of arguments: [PickleValue]) throws -> [PickleValue] {
    guard let last = arguments.last, let list = sequence(last) else { return [] }
    try charge(list.count)
    var items: [PickleValue] = []
    for pair in list {
      guard let parts = sequence(pair), parts.count == 2 else {
        throw error(.pickleWrongOperand, "a dictionary is to be made of what is not pairs")
      }
      items += parts
    }
    return items
  }
}
