import MISTEdge

func run(_ options: Options, _ out: Output) throws(Failure) {
  let input = try MappedInput(options.files[0])
  let bundle = try input.bundle()
  switch bundle.task {
  case .classification: try classify(input, bundle, options, out)
  case .segmentation: try segment(input, bundle, options, out)
  }
}
