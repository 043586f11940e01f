import COneDNN
import MISTKernels
import MISTModels

/// How a product's weights `[columns, depth]` lie in memory for its kernel: panels of `panel` columns, one after another, the last one
/// of as many as are needed in whole `unit`s; in a panel, for every `group` steps of depth, each column's elements side by side; zeros
/// where there are no weights. Floats have groups of one, and their depth is rounded up to `steps`.
struct PackedLayout: Hashable, Sendable {
  let element: ActivationElement
  let panel: Int
  let unit: Int
  /// What the depth is rounded up to.
  let steps: Int

  /// That of products that read `element`, computed by `backend`; nil for weights that are not packed.
  init?(_ element: ActivationElement, _ backend: ProductBackend) {
    self.element = element
    switch (element, backend) {
    case (.f32, .oneDNN):
      (panel, unit, steps) = (Int(MIST_DNN_PANEL), Int(MIST_DNN_PANEL), Int(MIST_DNN_STEPS))
    case (.f32, .packed):
      let width = mist_packed_count(1, 1)
      (panel, unit, steps) = (width, width, 1)
    case (.f32, .openBLAS): return nil
    case (.bf16, _), (.int8, _):
      let type = element == .bf16 ? MIST_BF16 : MIST_INT8
      (panel, unit) = (mist_packed_panel(type), mist_packed_unit(type))
      steps = element.group
    }
  }

  /// Such as `bf16:64/16/2`: element, panel, unit, steps.
  var text: String { "\(element):\(panel)/\(unit)/\(steps)" }

  /// Reads `text`; nil for another, or for sizes that no kernel has.
  init?(text: some StringProtocol) {
    let halves = text.split(separator: ":", omittingEmptySubsequences: false)
    guard halves.count == 2,
      let element = Precision(rawValue: String(halves[0])).map({ ActivationElement($0) })
    else { return nil }
    let sizes = halves[1].split(separator: "/", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard sizes.count == 3, sizes.allSatisfy({ (1...PrepackLimits.panel).contains($0) }),
      sizes[0] % sizes[1] == 0, sizes[2] % element.group == 0
    else { return nil }
    (self.element, panel, unit, steps) = (element, sizes[0], sizes[1], sizes[2])
    guard self.text == String(text) else { return nil }
  }

  /// Bytes of packed weights, a multiple of 64; nil where that overflows.
  func bytes(columns: Int, depth: Int) -> Int? {
    guard columns > 0, depth > 0, columns <= PrepackLimits.side, depth <= PrepackLimits.side else {
      return nil
    }
    func up(_ count: Int, to multiple: Int) -> Int { (count + multiple - 1) / multiple * multiple }
    // Below 2³³ and 2³³: the product is what may overflow.
    let (count, overflow) = up(columns, to: unit).multipliedReportingOverflow(by: up(depth, to: steps))
    guard !overflow, count <= Int.max / 8 else { return nil }
    return up(count * element.bytes, to: 64)
  }
}
