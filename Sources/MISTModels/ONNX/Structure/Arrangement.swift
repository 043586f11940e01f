import MISTFormats

/// Where the channels of tokens lie in a value. Values of one position have both forms.
struct Arrangement: OptionSet {
  let rawValue: Int
  /// `[…, channels]`, token after token.
  static let tokens = Arrangement(rawValue: 1)
  /// `[batch, channels, height, width]`, or its height and width in one.
  static let map = Arrangement(rawValue: 2)
}

extension StructureView {
  /// How the elements of `value`, with `channels` each token and `batch` images, lie, given that those of `root`, which `value` is a
  /// rearrangement of, lie as `own` says. Empty for any other order.
  func arrangement(
    of value: String, from root: String, as own: Arrangement, channels: Int, batch: Int
  ) -> Arrangement {
    guard let shape = layout.shapes[value], let count = layout.count(value), count == layout.count(root),
      channels > 0, batch > 0, channels <= count, batch <= count / channels, count % (channels * batch) == 0,
      !own.isEmpty
    else { return [] }
    let places = GraphLayout.places(count)
    guard let found = layout.follow(value, places, to: root) else { return [] }
    let positions = count / (channels * batch)
    /// The place of an element of a map among tokens.
    func token(_ place: Int) -> Int {
      let (image, channel) = (place / (channels * positions), place / positions % channels)
      return (image * positions + place % positions) * channels + channel
    }
    let tokens = own.contains(.tokens) ? found : found.map(token)
    var result: Arrangement = []
    if shape.last == channels, tokens == places { result.insert(.tokens) }
    if (3...4).contains(shape.count), shape[1] == channels, tokens == places.map(token) {
      result.insert(.map)
    }
    return result
  }
}

extension StructureRecovery {
  /// How the elements of `value` lie, `channels` each token; empty where what it is a rearrangement of was not understood.
  func arrangement(of value: String, channels: Int) -> Arrangement {
    let root = view.root(value)
    var own = arranged[root] ?? []
    if own.isEmpty, let site = view.product(root), site.output == root {
      own = view.isConvolution(site) ? .map : .tokens
    }
    return view.arrangement(of: value, from: root, as: own, channels: channels, batch: batch)
  }

  /// Images at a time.
  var batch: Int { view.layout.shapes[convolution.output]?.first ?? 0 }

  /// Throws unless `site` reads `value`, as the tokens or the map that its operator wants.
  func expect(_ site: ProductSite, toRead value: String, _ what: String) throws {
    let input = view.input(site)
    let read = view.root(input)
    guard read == value else {
      throw view.unexpected(
        site.output, expected: "a product that reads \(what)", found: "one that reads \(view.describe(read))")
    }
    let isMap = view.isConvolution(site)
    let shape = view.layout.shapes[input] ?? []
    let channels = isMap ? (shape.count == 4 ? shape[1] : 0) : site.columns ?? 0
    guard arrangement(of: input, channels: channels).contains(isMap ? .map : .tokens),
      !isMap || mapSize.isEmpty || Array(shape.dropFirst(2)) == mapSize
    else {
      throw view.unexpected(
        site.output, expected: "a product that reads \(what) \(isMap ? "as a map" : "token by token")",
        found: "its elements in another order")
    }
  }

  /// Throws unless `norm` is over the channels of each token of `x`.
  func expect(_ norm: NormSite, of x: String, _ what: String) throws {
    let channels = norm.weight.tensor.count
    let rank = view.layout.shapes[norm.input]?.count ?? 0
    guard norm.axis == -1 || norm.axis == rank - 1, norm.bias.map({ $0.tensor.count == channels }) ?? true,
      view.root(norm.input) != x || arrangement(of: norm.input, channels: channels).contains(.tokens)
    else {
      throw view.unexpected(
        norm.output, expected: "\(what), a layer norm over the \(channels) channels of each token",
        found: "one over other elements")
    }
  }
}
