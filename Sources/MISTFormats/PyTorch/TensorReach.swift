extension PickleObject {
  /// Whether any tensor is reached through an object, by its place: found from tensors back to whatever holds them, which
  /// cycles do not trouble.
  static func reachingTensors(_ objects: [PickleObject]) -> [Bool] {
    var holders: [[Int]] = Array(repeating: [], count: objects.count)
    var reached = [Bool](repeating: false, count: objects.count)
    var pending: [Int] = []
    for (place, object) in objects.enumerated() {
      switch object.kind {
      case .tensor, .unsupportedTensor:
        reached[place] = true
        pending.append(place)
      default: break
      }
      for case .object(let part) in object.items { holders[part].append(place) }
    }
    while let place = pending.popLast() {
      for holder in holders[place] where !reached[holder] {
        reached[holder] = true
        pending.append(holder)
      }
    }
    return reached
  }
}
