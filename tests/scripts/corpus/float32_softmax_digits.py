import numpy as np
from sklearn.datasets import load_digits

rng = np.random.default_rng(0)
X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
Xtr, ytr, Xte, yte = X[:1400], y[:1400], X[1400:], y[1400:]
W = np.zeros((64, 10), dtype=np.float32)
b = np.zeros(10, dtype=np.float32)
lr = np.float32(0.5)

def probabilities(x):
    s = x @ W + b
    s -= s.max(axis=1, keepdims=True)
    e = np.exp(s)
    return e / e.sum(axis=1, keepdims=True)

for epoch in range(40):
    perm = rng.permutation(len(Xtr))
    total = 0.0
    for i in range(0, len(Xtr), 100):
        idx = perm[i:i + 100]
        xb, yb = Xtr[idx], ytr[idx]
        p = probabilities(xb)
        total += -np.log(p[np.arange(len(idx)), yb]).sum()
        p[np.arange(len(idx)), yb] -= 1
        p /= len(idx)
        W -= lr * (xb.T @ p)
        b -= lr * p.sum(axis=0)
    if epoch % 10 == 9:
        print("epoch", epoch + 1, "loss", total / len(Xtr))
print("dtype", W.dtype, "test accuracy", (probabilities(Xte).argmax(1) == yte).mean())
