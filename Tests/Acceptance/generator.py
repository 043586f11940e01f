"""The generator of `mist train` and the numbers it draws from it: starts and orders of samples for the PyTorch twins (peer.py)."""
import os
import sys

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Fixtures", "methods"))
import networks  # noqa: E402

STEP = 0x9E3779B97F4A7C15
MASK = 2**64 - 1


def mix(z):
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


class Random:
    """`CounterRandom`: numbers that depend on seed, purpose and place alone."""

    INITIALISATION, ORDER = 1, 2

    def __init__(self, seed, purpose, a=0, b=0):
        state = 0
        for part in (seed, purpose, a, b):
            state = (mix(state ^ part) + STEP) & MASK
        self.state = state

    def numbers(self, n):
        """The next n, as uint64."""
        with np.errstate(over="ignore"):
            z = np.uint64(self.state) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(STEP)
            self.state = (self.state + n * STEP) & MASK
            z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
            return z ^ z >> np.uint64(31)

    def uniform(self, n):
        """float32 in [0, 1), of 24 bits."""
        return (self.numbers(n) >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)

    def normal(self, n):
        """Deviation 0.02, after Box and Muller."""
        pairs = self.uniform(2 * n).astype(np.float64).reshape(n, 2)
        return (0.02 * np.sqrt(-2 * np.log(1 - pairs[:, 0])) * np.cos(2 * np.pi * pairs[:, 1])).astype(np.float32)

    def permutation(self, n):
        order = list(range(n))
        for i, number in zip(range(n - 1, 0, -1), self.numbers(n - 1)):
            j = int(number) * (i + 1) >> 64
            order[i], order[j] = order[j], order[i]
        return order


def initial(s, seed, start, dtype):
    """Parameters before training, float32 numbers in `dtype`, drawn in the order of the flat parameters; what `start` has is taken
    from there."""
    random, parameters = Random(seed, Random.INITIALISATION), {}
    for name, shape in networks.shapes(s):
        count = int(np.prod(shape))
        if name in start:
            values = start[name].numpy()
        elif len(shape) == 1 and "norm" in name and name.endswith(".weight"):
            values = np.ones(count, np.float32)
        elif len(shape) == 1 or name.endswith(".out.weight"):
            values = np.zeros(count, np.float32)
        elif name != "classifier.weight":
            bound = np.sqrt(np.float32(6) / np.float32(sum(shape)))
            values = (np.float32(2) * random.uniform(count) - np.float32(1)) * bound
        else:
            values = random.normal(count)
        values = torch.from_numpy(np.array(values, np.float32).reshape(shape))
        parameters[name] = values.to(dtype).requires_grad_(True)
    return parameters


def nudged(parameters, nudge):
    """The parameters with every number moved up or down by its last bit, as the generator of `nudge` says."""
    torch.manual_seed(nudge)
    return {
        name: (p.detach() * (1 + 2**-23 * (2 * torch.randint(2, p.shape) - 1))).requires_grad_(True)
        for name, p in parameters.items()
    }
