import numpy as np

text = "the cat sat on the mat and the dog sat on the rug".split()
words = sorted(set(text))
w2i = {w: i for i, w in enumerate(words)}
ids = np.array([w2i[w] for w in text])
ctx = np.stack([ids[:-2], ids[2:]], axis=1)
target = ids[1:-1]
V, D, N = len(words), 8, len(target)

rng = np.random.default_rng(1)
emb = rng.normal(0, 0.3, (V, D))
out = rng.normal(0, 0.3, (D, V))

for it in range(400):
    h = emb[ctx].mean(axis=1)
    logits = h @ out
    logits -= logits.max(axis=1, keepdims=True)
    probs = np.exp(logits)
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(N), target]).mean()

    g = probs.copy()
    g[np.arange(N), target] -= 1
    g /= N
    g_out = h.T @ g
    g_h = g @ out.T
    g_emb = np.zeros_like(emb)
    np.add.at(g_emb, ctx, (g_h / 2)[:, None, :])
    out -= 1.0 * g_out
    emb -= 1.0 * g_emb
    if it % 80 == 0:
        print("iteration", it, "loss %.4f" % loss)
print("loss %.4f, words guessed right: %d of %d" % (loss, (probs.argmax(1) == target).sum(), N))
