/// Which network it is, sizes apart.
///
/// With `MIST_LAE_ALONE` it can only be a residual stream of attention, or none, and a vector pooled from it: constants, by which the
/// compiler finds that nothing calls what other networks take.
struct NetworkKind: Equatable, Sendable {
  #if MIST_LAE_ALONE
    private var pooling: PlainPooling

    private enum PlainPooling { case cls, mean }

    init(_ readout: Readout, _ function: BlockFunction) {
      precondition(function == .attention, "the runtime was built for LAE heads alone")
      pooling = Self.plain(readout)
    }

    private static func plain(_ readout: Readout) -> PlainPooling {
      if readout == .pooled(.cls) { return .cls }
      precondition(readout == .pooled(.mean), "the runtime was built for LAE heads alone")
      return .mean
    }

    @inline(__always) var readout: Readout {
      get { pooling == .cls ? .pooled(.cls) : .pooled(.mean) }
      set { pooling = Self.plain(newValue) }
    }
    @inline(__always) var function: BlockFunction {
      get { .attention }
      set { precondition(newValue == .attention, "the runtime was built for LAE heads alone") }
    }
    @inline(__always) var body: Body {
      get { .streams }
      set { precondition(newValue == .streams, "the runtime was built for LAE heads alone") }
    }
  #else
    var readout: Readout
    var function: BlockFunction
    var body = Body.streams

    init(_ readout: Readout, _ function: BlockFunction) {
      self.readout = readout
      self.function = function
    }
  #endif
}

extension HeadSection.Kind {
  /// Whether this runtime was built with what such a head takes.
  var isBuilt: Bool {
    #if MIST_LAE_ALONE
      self == .linear || self == .lae
    #elseif MIST_WITHOUT_TRANSFORMERS
      self != .lst && self != .partial1
    #else
      true
    #endif
  }
}

extension Pooling {
  /// Likewise.
  var isBuilt: Bool {
    #if MIST_LAE_ALONE
      self == .cls || self == .mean
    #else
      true
    #endif
  }
}
