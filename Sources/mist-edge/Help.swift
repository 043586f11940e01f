enum Help {
  static let text: StaticString = """
    Runs an edge bundle: turns gathered backbone features into classes or class maps.

    USAGE: mist-edge info BUNDLE [--json]
           mist-edge selftest BUNDLE [--json] [--portable] [--stats]
           mist-edge run BUNDLE [FEATURES ...] [--labels | --top N] [--maps DIR [--raw]] [--grid]
                     [--json] [--portable] [--stats]
           mist-edge tune BUNDLE SHARDS ... -o NEW [--val SHARDS ...] [--epochs N] [--lr RATE]
                     [--batch N] [--weight-decay W] [--dropout P] [--label-smoothing E] [--seed N]
                     [--restart] [--add-class NAME ...] [--memory MB] [--dtype f32|f16|int8]
                     [--json] [--portable] [--stats]

    COMMANDS
      info       what the bundle holds
      selftest   run the golden input and compare the logits with the expected ones
      run        classify every sample of the feature shards (files of a feature store), or the golden
                 input when none is given. A line per class and sample: sample, class, label and
                 probability, separated by tabs; the accuracy at the end when the shards have labels.
                 Segmentation: the most frequent classes and their share of the image; pixel accuracy
                 and mean IoU at the end when the shards have masks
      tune       train the head further on labelled shards and write a new bundle. The best epoch on
                 the samples that validate it is kept, the old head where none is better. Ended at any
                 moment, the same command goes on, and ends in the same bytes; until then the old
                 bundle is whole, though NEW may be BUNDLE. What it goes on from is NEW.tuning

    OPTIONS
      --labels     print the label alone
      --top N      print the N most probable classes of each sample (1), or most frequent ones (3)
      --maps DIR   segmentation: write a class map per sample, a portable greymap (PGM) of a byte per
                   pixel of the image, as DIR/SHARD-SAMPLE.pgm; -o is the same
      --raw        write class maps as bytes alone, row by row, as DIR/SHARD-SAMPLE.raw
      --grid       class maps and their scores on the head's output grid, a quarter of the image
      --val ...    tune: validate on these shards; without them, on a fifth of the others, drawn by the
                   seed (classification)
      --epochs N, --lr RATE, --batch N, --seed N
                   tune: 20 epochs, a peak rate of 0.0003 that falls to 0 (a cosine; in segmentation a
                   line), 32 samples per step (8), seed 0
      --weight-decay W, --dropout P, --label-smoothing E
                   tune: of matrices, 0 (0.01); of what the classifier reads, 0; 0
      --restart    tune: begin with weights drawn by the seed, as mist train does
      --add-class NAME
                   tune: a class that the head does not know yet, behind those that it knows; its
                   samples' labels are its number. It starts from the means of its samples
      --memory MB  tune: refuse to begin where more working memory may be needed
      --dtype T    tune: store weights so; as they were unless told
      --json       print JSON, one object per line
      --portable   use the portable kernels instead of the SIMD ones
      --stats      print times and peak memory on standard error
      --help       print this text

    EXAMPLE
      mist-edge run pets.mistedge features/test-00000.safetensors --top 3
      mist-edge tune pets.mistedge mine/train-*.safetensors --val mine/val-*.safetensors -o pets.mistedge

    EXIT STATUS
      0 ok, 64 wrong usage, 65 a file is not valid, does not fit, or fails the self-test,
      66 a file cannot be opened, 74 output cannot be written

    """
}
