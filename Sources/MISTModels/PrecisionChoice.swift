/// How far features computed in a precision are, or may be, from the same features in f32.
package struct PrecisionError: Codable, Hashable, Sendable {
  /// The lowest cosine between a token, or a map's position, and the same one in f32.
  package var worstCosine: Double
  /// The median of these cosines.
  package var medianCosine: Double
  /// Root mean square of the differences over that of the f32 values, of the feature where this is largest.
  package var relativeError: Double

  package init(worstCosine: Double, medianCosine: Double, relativeError: Double) {
    self.worstCosine = worstCosine
    self.medianCosine = medianCosine
    self.relativeError = relativeError
  }

  /// What `auto` accepts. Of the tokens of DINOv2's gathers, over 2,000 photographs, bf16 leaves the median at a cosine of 0.99998 and the
  /// worst at 0.9989; int8 at 0.99976 and 0.983, and all tokens of all but three photographs above 0.99.
  package static let bound = PrecisionError(worstCosine: 0.99, medianCosine: 0.999, relativeError: 0.1)

  /// Whether all three are at least as good as those of `bound`.
  package func isWithin(_ bound: PrecisionError) -> Bool {
    worstCosine >= bound.worstCosine && medianCosine >= bound.medianCosine
      && relativeError <= bound.relativeError
  }
}

/// How `auto` came to a precision: what was measured on some images, and the bound that it was held to.
package struct PrecisionChoice: Codable, Hashable, Sendable {
  /// One precision, measured against f32.
  package struct Trial: Codable, Hashable, Sendable {
    package var precision: Precision
    /// Nil where the model has no products in it, or its features were no finite numbers.
    package var error: PrecisionError?
    package var isWithinBound: Bool

    package init(_ precision: Precision, error: PrecisionError?, bound: PrecisionError) {
      self.precision = precision
      self.error = error
      isWithinBound = error?.isWithin(bound) ?? false
    }
  }

  /// Images that were measured on.
  package var images: Int
  package var bound: PrecisionError
  /// What the processor runs natively besides f32 until one was within the bound, the fastest first.
  package var trials: [Trial]

  package init(images: Int, bound: PrecisionError, trials: [Trial]) {
    self.images = images
    self.bound = bound
    self.trials = trials
  }

  /// The first precision within the bound, f32 where none is.
  package var precision: Precision { trials.first(where: \.isWithinBound)?.precision ?? .f32 }
}
