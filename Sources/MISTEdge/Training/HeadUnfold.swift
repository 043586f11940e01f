extension HeadNetwork {
  /// Turns summed gradients of the folded weights into gradients of the parameters `[layout.count]`, overwriting
  /// `gradient`. `parameters` are those of the last `prepare`. `g` is used as scratch memory and holds nothing after.
  public func unfold(
    _ g: HeadGradient, parameters: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    (gradient + layout.finalGain.lowerBound).update(from: g.tail, count: 2 * c + shape.classes * (c + 1))
    trunk.unfold(g.trunk, parameters: parameters, into: gradient)
  }
}
