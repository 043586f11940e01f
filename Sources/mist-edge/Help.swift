enum Help {
  static let text: StaticString = """
    Runs an edge bundle: turns gathered backbone features into classes or class maps.

    USAGE: mist-edge info BUNDLE [--json]
           mist-edge selftest BUNDLE [--json] [--portable] [--stats]
           mist-edge run BUNDLE [FEATURES ...] [--labels | --top N] [--maps DIR [--raw]] [--grid]
                     [--json] [--portable] [--stats]

    COMMANDS
      info       what the bundle holds
      selftest   run the golden input and compare the logits with the expected ones
      run        classify every sample of the feature shards (files of a feature store), or the golden
                 input when none is given. A line per class and sample: sample, class, label and
                 probability, separated by tabs; the accuracy at the end when the shards have labels.
                 Segmentation: the most frequent classes and their share of the image; pixel accuracy
                 and mean IoU at the end when the shards have masks

    OPTIONS
      --labels     print the label alone
      --top N      print the N most probable classes of each sample (1), or most frequent ones (3)
      --maps DIR   segmentation: write a class map per sample, a portable greymap (PGM) of a byte per
                   pixel of the image, as DIR/SHARD-SAMPLE.pgm; -o is the same
      --raw        write class maps as bytes alone, row by row, as DIR/SHARD-SAMPLE.raw
      --grid       class maps and their scores on the head's output grid, a quarter of the image
      --json       print JSON, one object per line
      --portable   use the portable kernels instead of the SIMD ones
      --stats      print times and peak memory on standard error
      --help       print this text

    EXAMPLE
      mist-edge run pets.mistedge features/test-00000.safetensors --top 3

    EXIT STATUS
      0 ok, 64 wrong usage, 65 a file is not valid, does not fit, or fails the self-test,
      66 a file cannot be opened, 74 output cannot be written

    """
}
