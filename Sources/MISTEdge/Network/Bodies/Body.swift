/// What stands between a network's inputs and its readout.
public enum Body: Hashable, Sendable {
  /// Every input is a residual stream of its own, with blocks of low-rank attention.
  case streams
  /// LAST (arXiv 2402.04009): one residual stream. Every input is added to it and a block of low-rank attention follows, one input
  /// after the other.
  case injected
  /// LST (arXiv 2206.06522): a narrow network beside the backbone's. The first input is projected down; then a transformer block for
  /// every other input, of what it gets and the input, projected down and mixed.
  case ladder(TransformerShape)
  /// Partial-1: a transformer block on the only input, as the backbone's last.
  case transformer(TransformerShape)
}

extension Body {
  /// What options, files and people call `injected`.
  public static var injectedName: StaticString { "last" }
  /// What they call `ladder`.
  public static var ladderName: StaticString { "lst" }
  /// What they call `transformer`.
  public static var transformerName: StaticString { "partial-1" }

  /// The method's name in options and files, and for people; nil for residual streams of their own.
  public var name: StaticString? {
    switch self {
    case .streams: nil
    case .injected: Self.injectedName
    case .ladder: Self.ladderName
    case .transformer: Self.transformerName
    }
  }

  /// Whether it reads several of the backbone's maps.
  public var isOnMaps: Bool {
    switch self {
    case .streams, .transformer: false
    case .injected, .ladder: true
    }
  }

  /// The transformer blocks that it is made of; nil for residual streams.
  public var transformer: TransformerShape? {
    switch self {
    case .streams, .injected: nil
    case .ladder(let shape), .transformer(let shape): shape
    }
  }

  /// The lowest version of the bundle's format whose readers know it.
  var minimumReader: UInt32 { self == .streams ? 1 : 4 }
}

extension NetworkShape {
  /// A classifier of the class token behind `body`, on `inputs` tensors `[tokens, channels]`.
  public init(
    body: Body, inputs: Int, tokens: Int, channels: Int, classes: Int, rank: Int = 32, epsilon: Float = 1e-6
  ) {
    let isInjected = body == .injected
    let stream = StreamShape(height: 1, width: tokens, channels: channels, depth: isInjected ? 1 : 0)
    self.init(
      streams: [StreamShape](repeating: stream, count: inputs), readout: .pooled(.cls), classes: classes,
      rank: isInjected ? rank : 0, epsilon: epsilon)
    self.body = body
  }

  /// Whether gradients are summed in the layout of the parameters.
  public var sumsParameters: Bool { body.transformer != nil }

  /// Whether a body that is not streams of their own goes with its inputs and what else there is: the first token is read out.
  var hasPossibleBody: Bool {
    guard let first = streams.first, readout == .pooled(.cls), !inputNorm, function == .attention else {
      return false
    }
    for stream in streams
    where stream.tokens != first.tokens || stream.channels != first.channels || stream.reduction != 1 {
      return false
    }
    switch body {
    case .streams: return true
    case .injected: return streams.count >= 2
    case .ladder(let block): return streams.count >= 2 && block.isPossible
    case .transformer(let block):
      return streams.count == 1 && block.width == first.channels && block.isPossible
    }
  }
}
