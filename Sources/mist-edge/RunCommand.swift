import MISTEdge

func run(_ options: Options, _ out: Output) throws(Failure) {
  let input = try MappedInput(options.files[0])
  let bundle = try input.bundle()
  switch bundle.head {
  case .classification(let shape): try classify(input, bundle, shape, options, out)
  case .segmentation(let shape): try segment(input, bundle, shape, options, out)
  }
}
