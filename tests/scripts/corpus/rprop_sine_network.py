import numpy as np

rng = np.random.default_rng(0)
x = np.linspace(-3, 3, 60)[:, None]
t = np.sin(x)
w = {"V": rng.normal(size=(1, 12)), "a": rng.normal(size=12), "U": rng.normal(size=(12, 1)) * 0.3, "c": np.zeros(1)}
size = {k: np.full_like(w[k], 0.01) for k in w}
last = {k: np.zeros_like(w[k]) for k in w}

for epoch in range(201):
    h = np.tanh(x @ w["V"] + w["a"])
    o = h @ w["U"] + w["c"]
    e = (o - t) / len(x)
    dh = e @ w["U"].T * (1 - h * h)
    g = {"V": x.T @ dh, "a": dh.sum(0), "U": h.T @ e, "c": e.sum(0)}
    for k in w:
        agree = g[k] * last[k]
        size[k] = np.where(agree > 0, np.minimum(size[k] * 1.2, 0.5), np.where(agree < 0, np.maximum(size[k] * 0.5, 1e-6), size[k]))
        w[k] = w[k] - np.sign(g[k]) * size[k]
        last[k] = g[k]
    if epoch % 20 == 0:
        print(epoch, 0.5 * np.mean((o - t) ** 2))
