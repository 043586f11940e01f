"""SegFormer-B4's encoder of transformers whose outputs are gathered pyramids, in PyTorch, with seeded random weights:
A_1 = F_0 + S_1, A_s = Down_s(A_{s-1}) + S_s. Maps are as the library has them; nothing is resized or copied for the outputs."""
import torch
import transformers


class Gather(torch.nn.Module):
    def __init__(self, gathers):
        super().__init__()
        self.gathers = gathers
        self.stages = transformers.SegformerModel(transformers.SegformerConfig(
            depths=[3, 8, 27, 3], hidden_sizes=[64, 128, 320, 512], num_attention_heads=[1, 2, 5, 8])).stages

    def forward(self, pixels):
        maps, outputs = pixels, [[] for _ in self.gathers]
        done = 0
        for number, stage in enumerate(self.stages):
            tokens, height, width = stage.patch_embeddings(maps)
            grid = lambda t: t.transpose(1, 2).unflatten(2, (height, width))
            # Prefix sums of the stage's blocks at the depths asked for; equal ones are one tensor.
            total, at = None, {}
            first = tokens
            for block in stage.blocks:
                tokens = block(tokens, height, width)
                total = tokens if total is None else total + tokens
                done += 1
                at[done] = total
            for levels, k in zip(outputs, self.gathers):
                inside = min(k, done)
                if number == 0:
                    level = grid(first + at[inside])
                else:
                    level = grid(stage.patch_embeddings(levels[-1])[0])
                    level = level + grid(at[inside]) if inside in at else level
                levels.append(level)
            maps = grid(stage.layer_norm(tokens))
        return tuple(level for levels in outputs for level in levels)
