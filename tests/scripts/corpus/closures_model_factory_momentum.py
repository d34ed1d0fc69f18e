import numpy as np

def dense(rng, i, o, activation=None):
    W, b = rng.normal(0, np.sqrt(1 / i), (i, o)), np.zeros(o)
    vW, vb = np.zeros_like(W), np.zeros_like(b)
    memory = {}
    def forward(x):
        memory["x"] = x
        z = x @ W + b
        memory["a"] = np.tanh(z) if activation == "tanh" else z
        return memory["a"]
    def backward(g, lr, mu=0.9):
        if activation == "tanh": g = g * (1 - memory["a"] ** 2)
        back = g @ W.T
        vW[...] = mu * vW - lr * memory["x"].T @ g
        vb[...] = mu * vb - lr * g.sum(axis=0)
        W[...] = W + vW
        b[...] = b + vb
        return back
    return forward, backward

rng = np.random.default_rng(21)
x = rng.uniform(-2, 2, (120, 2)); y = np.cos(x[:, :1]) * np.exp(-x[:, 1:] ** 2 / 2)
layers = [dense(rng, 2, 20, "tanh"), dense(rng, 20, 20, "tanh"), dense(rng, 20, 1)]
for epoch in range(600):
    out = x
    for forward, _ in layers: out = forward(out)
    g = 2 * (out - y) / len(x)
    lr = 0.05 / (1 + epoch / 400)
    for _, backward in reversed(layers): g = backward(g, lr)
    if epoch % 150 == 0: print("Epoch %3d  error %.5f" % (epoch, np.mean((out - y) ** 2)))
