import numpy as np
names = "anna hannah nina ian hanna ann ina nan inna aina".split()
chars = sorted(set("".join(names)) | {"."}); ix = {c: i for i, c in enumerate(chars)}
pairs = [(ix[a], ix[b]) for w in names for a, b in zip("." + w, w + ".")]
xs, ys = map(np.array, zip(*pairs))
rng = np.random.default_rng(11); V, D = len(chars), 4
E, W, b = rng.normal(0, .3, (V, D)), rng.normal(0, .3, (D, V)), np.zeros(V)
for step in range(300):
    emb = E[xs]
    logits = emb @ W + b
    logits -= logits.max(1, keepdims=True)
    probs = np.exp(logits); probs /= probs.sum(1, keepdims=True)
    loss = -np.log(probs[np.arange(len(ys)), ys]).mean()
    d = probs.copy(); d[np.arange(len(ys)), ys] -= 1; d /= len(ys)
    dE = np.zeros_like(E); np.add.at(dE, xs, d @ W.T)
    W -= 1.0 * emb.T @ d; b -= 1.0 * d.sum(0); E -= 1.0 * dE
    if step % 60 == 0: print(f"{step:>4} {loss:.4f}")
