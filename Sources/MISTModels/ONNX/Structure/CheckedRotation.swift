import MISTFormats

extension RotationSite {
  /// This rotation with its number of tokens before the patches, if it turns every element of its input as it says it does;
  /// `value` is its result.
  func checked(_ value: String, in view: StructureView) -> RotationSite? {
    guard let shape = view.layout.shapes[value], shape.count == 4, view.layout.shapes[input] == shape,
      let cosines = view.layout.shape(cosine, in: view.graph)?.reduce(1, *),
      view.layout.shape(sine, in: view.graph)?.reduce(1, *) == cosines
    else { return nil }
    let (tokens, channels) = (shape[2], shape[3])
    guard channels > 0, channels % 2 == 0, cosines % channels == 0 else { return nil }
    let before = tokens - cosines / channels
    guard before >= 0, prefix == nil || prefix == before else { return nil }
    for place in GraphLayout.places(shape.reduce(1, *)) {
      let (token, channel) = (place / channels % tokens, place % channels)
      var wanted: Set<GraphTerm> = [GraphTerm(input, place)]
      if token >= before {
        let isFirst = channel < channels / 2
        let at = (token - before) * channels + channel
        wanted = [
          GraphTerm([.init(value: input, place: place), .init(value: cosine, place: at)]),
          GraphTerm(
            [
              .init(value: input, place: place + (isFirst ? channels / 2 : -channels / 2)),
              .init(value: sine, place: at),
            ], isNegative: isFirst),
        ]
      }
      guard view.layout.terms(value, place, to: [input, cosine, sine], in: view.graph) == wanted else {
        return nil
      }
    }
    return RotationSite(input: input, prefix: before, cosine: cosine, sine: sine)
  }
}
