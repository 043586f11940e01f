/// What a block adds to its residual stream x `[T, C]`: `x ← x + W_o · f(W_in · LN(x))` with f of rank r, or a convolution of LN(x).
public enum BlockFunction: Hashable, Sendable {
  /// `softmax(Q Kᵀ / √r) V` with `[Q K V] = W_in · LN(x)`, one head (LAE).
  case attention
  /// `GELU(W_in · LN(x))`, token by token: a perceptron with r hidden units.
  case mlp
  /// A 3×3 depthwise convolution with bias of LN(x) over the map, zeros around it; tokens before the map pass by. It has no rank.
  case dwconv

  /// How many there are: their codes are below.
  public static let kinds: UInt32 = 3

  /// Its number in a bundle.
  public var code: UInt32 {
    switch self {
    case .attention: 0
    case .mlp: 1
    case .dwconv: 2
    }
  }

  /// Nil for an unknown function.
  public init?(code: UInt32) {
    switch code {
    case 0: self = .attention
    case 1: self = .mlp
    case 2: self = .dwconv
    default: return nil
    }
  }

  /// Its name in options and files.
  public var name: StaticString {
    switch self {
    case .attention: "attention"
    case .mlp: "mlp"
    case .dwconv: "dwconv"
    }
  }

  /// For people, as in `4 blocks of rank 32`: what the rank is called.
  public var rankTitle: StaticString { self == .mlp ? "width" : "rank" }

  /// Whether it has a rank, and so the exact low-rank form.
  public var hasRank: Bool { self != .dwconv }
  /// Whether what it gives a token depends on other tokens.
  public var mixesTokens: Bool { self != .mlp }

  /// The rank unless told otherwise: those of the paper; 0 without a rank.
  public var defaultRank: Int {
    switch self {
    case .attention: 32
    case .mlp: 64
    case .dwconv: 0
    }
  }

  /// Rows of `W_in`.
  public func inputRows(_ rank: Int) -> Int {
    switch self {
    case .attention: 3 * rank
    case .mlp: rank
    case .dwconv: 0
    }
  }

  /// The lowest version of the bundle's format whose readers know it.
  var minimumReader: UInt32 { self == .attention ? 1 : 4 }

  /// Adds the parameters of a block on `c` channels. Its last matrix is zero: training starts from the network without blocks.
  func addParameters(_ c: Int, rank: Int, _ stream: Int, _ block: Int, to table: inout ParameterTable) {
    table.addNorm(.normGain, .normBias, c, stream, block)
    if hasRank {
      table.add(self == .attention ? .blockInput : .hidden, rows: inputRows(rank), c, .xavier, stream, block)
      table.add(.blockOutput, rows: c, rank, .zeros, stream, block)
    } else {
      table.add(.kernel, rows: c, DepthwiseShape.taps, .zeros, stream, block)
      table.add(.kernelBias, c, .zeros, stream, block)
    }
  }

  /// The parameter that is `W_in`.
  var inputName: ParameterName { self == .attention ? .blockInput : .hidden }
}

extension ParameterName {
  /// What a block reads: attention's `W_qkv` `[3r, C]` (rows of Q, then K, then V), and a perceptron's `[r, C]`.
  package static let blockInput = ParameterName("qkv.weight")
  package static let hidden = ParameterName("hidden.weight")
  /// `W_o` `[C, r]`.
  package static let blockOutput = ParameterName("out.weight")
  /// A convolution's kernels `[C, 9]`, row by row, and its bias `[C]`.
  package static let kernel = ParameterName("conv.weight")
  package static let kernelBias = ParameterName("conv.bias")
}

#if !hasFeature(Embedded)
  extension BlockFunction {
    /// The function called `name`; nil for another name.
    public init?(_ name: String) {
      guard let found = Self.all.first(where: { $0.name.description == name }) else { return nil }
      self = found
    }

    /// Every one of them.
    public static var all: [BlockFunction] { (0..<kinds).compactMap(BlockFunction.init(code:)) }
  }
#endif
