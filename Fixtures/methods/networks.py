"""The paper's other methods as plain PyTorch: what Fixtures/methods/make.py takes goldens of, and the twins that the acceptance run
trains beside `mist train`. Parameters are a dictionary by the names of `Formats/head.md`, features `[B, maps, T, C]`."""
import torch
import torch.nn.functional as F


def block_shapes(prefix, width, hidden, scaled):
    """[(name, shape)] of a transformer block in the order of the flat parameters."""
    shapes = [("norm1.weight", (width,)), ("norm1.bias", (width,)),
              ("attn.qkv.weight", (3 * width, width)), ("attn.qkv.bias", (3 * width,)),
              ("attn.proj.weight", (width, width)), ("attn.proj.bias", (width,))]
    shapes += [("ls1", (width,))] if scaled else []
    shapes += [("norm2.weight", (width,)), ("norm2.bias", (width,)),
               ("mlp.fc1.weight", (hidden, width)), ("mlp.fc1.bias", (hidden,)),
               ("mlp.fc2.weight", (width, hidden)), ("mlp.fc2.bias", (width,))]
    shapes += [("ls2", (width,))] if scaled else []
    return [(f"{prefix}.{name}", shape) for name, shape in shapes]


def shapes(s):
    """[(name, shape)] of all parameters of a network `s` in the order of the flat parameters."""
    c, k, method = s["channels"], s["classes"], s["method"]
    out = []
    width = c
    if method in ("linear", "mist", "last"):
        for i in range(s["depth"]):
            out += [(f"blocks.{i}.norm.weight", (c,)), (f"blocks.{i}.norm.bias", (c,)),
                    (f"blocks.{i}.qkv.weight", (3 * s["rank"], c)), (f"blocks.{i}.out.weight", (c, s["rank"]))]
    elif method == "lst":
        width = s["width"]
        for i in range(s["maps"]):
            out += [(f"maps.{i}.down.weight", (width, c)), (f"maps.{i}.down.bias", (width,))]
        for i in range(1, s["maps"]):
            out += [(f"blocks.{i}.mix", (1,))] + block_shapes(f"blocks.{i}", width, s["hidden"], s["layerScale"])
    else:
        out += block_shapes("blocks.0", c, s["hidden"], s["layerScale"])
    out += [("norm.weight", (width,)), ("norm.bias", (width,))]
    if method == "lst":
        out += [("up.weight", (c, width)), ("up.bias", (c,))]
    return out + [("classifier.weight", (k, c)), ("classifier.bias", (k,))]


def norm(x, p, name, epsilon):
    return F.layer_norm(x, x.shape[-1:], p[name + ".weight"], p[name + ".bias"], epsilon)


def low_rank_block(x, p, name, rank, epsilon):
    """x + W_o softmax(Q K^T / sqrt r) V with [Q K V] = W_qkv LN(x)."""
    q, k, v = (norm(x, p, name + ".norm", epsilon) @ p[name + ".qkv.weight"].T).split(rank, -1)
    return x + F.scaled_dot_product_attention(q, k, v) @ p[name + ".out.weight"].T


def transformer_block(x, p, name, heads, epsilon):
    """Pre-norm attention and MLP, each scaled channel by channel where the parameters say so."""
    def split(y):
        return y.unflatten(-1, (heads, -1)).transpose(-2, -3)

    one = torch.ones((), dtype=x.dtype)
    q, k, v = map(split, F.linear(norm(x, p, name + ".norm1", epsilon), p[name + ".attn.qkv.weight"],
                                  p[name + ".attn.qkv.bias"]).chunk(3, -1))
    a = F.scaled_dot_product_attention(q, k, v)
    a = F.linear(a.transpose(-2, -3).flatten(-2), p[name + ".attn.proj.weight"], p[name + ".attn.proj.bias"])
    x = x + p.get(name + ".ls1", one) * a
    h = F.gelu(F.linear(norm(x, p, name + ".norm2", epsilon), p[name + ".mlp.fc1.weight"], p[name + ".mlp.fc1.bias"]))
    return x + p.get(name + ".ls2", one) * F.linear(h, p[name + ".mlp.fc2.weight"], p[name + ".mlp.fc2.bias"])


def forward(s, p, x, mask=1, epsilon=1e-6):
    """Logits `[B, K]` of `x` `[B, maps, T, C]`; `mask` are factors on what the classifier reads."""
    method = s["method"]
    if method in ("linear", "mist"):
        h = x[:, 0]
        for i in range(s["depth"]):
            h = low_rank_block(h, p, f"blocks.{i}", s["rank"], epsilon)
    elif method == "last":
        h = 0
        for i in range(s["maps"]):
            h = low_rank_block(h + x[:, i], p, f"blocks.{i}", s["rank"], epsilon)
    elif method == "lst":
        def down(i):
            return F.linear(x[:, i], p[f"maps.{i}.down.weight"], p[f"maps.{i}.down.bias"])

        h = down(0)
        for i in range(1, s["maps"]):
            share = torch.sigmoid(p[f"blocks.{i}.mix"])
            h = transformer_block(share * h + (1 - share) * down(i), p, f"blocks.{i}", s["heads"], epsilon)
    else:
        h = transformer_block(x[:, 0], p, "blocks.0", s["heads"], epsilon)
    h = norm(h[:, 0], p, "norm", epsilon)
    if method == "lst":
        h = F.linear(h, p["up.weight"], p["up.bias"])
    return F.linear(h * mask, p["classifier.weight"], p["classifier.bias"])
