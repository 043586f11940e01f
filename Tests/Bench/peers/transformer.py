"""A plain vision transformer whose outputs are gathered features F_0 + … + F_k, in PyTorch, with seeded random weights."""
import torch
from torch.nn import functional


class Block(torch.nn.Module):
    def __init__(self, width, heads, scaled):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = (torch.nn.LayerNorm(width, eps=1e-6) for _ in range(2))
        self.qkv, self.proj = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.fc1, self.fc2 = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)
        scale = lambda: torch.nn.Parameter(torch.ones(width)) if scaled else None
        self.ls1, self.ls2 = scale(), scale()

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        y = self.proj(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, c))
        x = x + (y if self.ls1 is None else self.ls1 * y)
        y = self.fc2(functional.gelu(self.fc1(self.norm2(x))))
        return x + (y if self.ls2 is None else self.ls2 * y)


class Gather(torch.nn.Module):
    def __init__(self, gathers, width, heads, patch, side, depth=12, scaled=False):
        super().__init__()
        self.gathers = gathers
        self.patch = torch.nn.Conv2d(3, width, patch, patch)
        self.cls = torch.nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.position = torch.nn.Parameter(torch.randn(1, 1 + (side // patch) ** 2, width) * 0.02)
        self.blocks = torch.nn.ModuleList(Block(width, heads, scaled) for _ in range(depth))

    def forward(self, pixels):
        x = self.patch(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.position
        total, outputs = x, []
        for i, block in enumerate(self.blocks, 1):
            x = block(x)
            total = total + x
            if i in self.gathers:
                outputs.append(total)
        return tuple(outputs)
