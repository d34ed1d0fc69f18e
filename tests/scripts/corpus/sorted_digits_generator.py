import numpy as np
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
order = np.argsort(y, kind="stable")
X, y = X[order] / 16, y[order]

def batches(X, y, size):
    for start in range(0, len(X), size):
        yield X[start:start + size], y[start:start + size]

rng = np.random.RandomState(1)
params = {"W1": rng.randn(64, 32) * 0.1, "b1": np.zeros(32), "W2": rng.randn(32, 10) * 0.1, "b2": np.zeros(10)}
for epoch in range(6):
    losses = []
    for xb, yb in batches(X, y, 32):
        h = np.maximum(xb @ params["W1"] + params["b1"], 0)
        s = h @ params["W2"] + params["b2"]
        s -= s.max(axis=1, keepdims=True)
        p = np.exp(s); p /= p.sum(axis=1, keepdims=True)
        losses.append(-np.log(p[range(len(yb)), yb] + 1e-9).mean())
        d = p.copy(); d[range(len(yb)), yb] -= 1; d /= len(yb)
        g = {"W2": h.T @ d, "b2": d.sum(0)}
        dh = d @ params["W2"].T; dh[h <= 0] = 0
        g["W1"], g["b1"] = xb.T @ dh, dh.sum(0)
        for k in params:
            params[k] -= 0.3 * g[k]
    h = np.maximum(X @ params["W1"] + params["b1"], 0)
    print(epoch, np.mean(losses), "accuracy", np.mean((h @ params["W2"] + params["b2"]).argmax(1) == y))
