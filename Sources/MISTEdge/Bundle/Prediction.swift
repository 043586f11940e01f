/// What to make of a head's logits.
public enum Prediction {
  /// Turns logits `[count]` into probabilities in place.
  public static func probabilities(_ logits: UnsafeMutablePointer<Float>, count: Int) {
    softmax(logits, count)
  }

  /// The index of the largest of `count` values that lies behind (`previous`, its value) in descending order, ties in
  /// ascending order of index; nil when there is none left. Start with nil.
  public static func next(_ values: UnsafePointer<Float>, count: Int, after previous: Int? = nil) -> Int? {
    var best: Int?
    for i in 0..<count {
      if let previous {
        guard values[i] < values[previous] || (values[i] == values[previous] && i > previous) else {
          continue
        }
      }
      if let found = best, values[i] <= values[found] { continue }
      best = i
    }
    return best
  }
}
