import numpy as np

def data(rng, n):
    x = rng.normal(size=(n, 5))
    return x, np.stack([np.sin(x[:, 0]) + x[:, 1], x[:, 2] * x[:, 3]], axis=1)

def batches(rng, x, y, size):
    order = rng.permutation(len(x))
    for k in range(0, len(x), size):
        take = order[k:k + size]
        yield x[take], y[take]

def forward(ws, bs, x):
    acts = [x]
    for w, b in zip(ws[:-1], bs[:-1]):
        acts.append(np.maximum(np.einsum("ni,io->no", acts[-1], w) + b, 0.0))
    return acts, np.einsum("ni,io->no", acts[-1], ws[-1]) + bs[-1]

def train(seed=0):
    rng = np.random.default_rng(seed)
    x, y = data(rng, 400)
    sizes = [5, 32, 24, 2]
    ws = [rng.normal(size=(i, o)) * np.sqrt(2 / i) for i, o in zip(sizes, sizes[1:])]
    bs = [np.zeros(o) for o in sizes[1:]]
    for epoch in range(60):
        seen = []
        for xb, yb in batches(rng, x, y, 25):
            acts, out = forward(ws, bs, xb)
            delta = (out - yb) * (2 / yb.size)
            seen.append(np.mean((out - yb) ** 2))
            for k in reversed(range(3)):
                gw, gb = np.einsum("ni,no->io", acts[k], delta), np.einsum("no->o", delta)
                if k:
                    delta = np.einsum("no,io->ni", delta, ws[k]) * (acts[k] > 0)
                ws[k] -= 0.1 * gw
                bs[k] -= 0.1 * gb
        if epoch % 12 == 0:
            print(f"[{epoch:02d}] {np.mean(seen):.4f}")
    return ws, bs

ws, bs = train()
