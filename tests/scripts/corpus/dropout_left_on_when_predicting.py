import numpy as np
from sklearn.datasets import load_digits

rng = np.random.default_rng(3)
X, y = load_digits(return_X_y=True)
X = X / 16.0
Xtr, ytr, Xte, yte = X[:1200], y[:1200], X[1200:], y[1200:]
W1, b1 = rng.normal(0, 0.18, (64, 24)), np.zeros(24)
W2, b2 = rng.normal(0, 0.2, (24, 10)), np.zeros(10)

def forward(x):
    h = np.maximum(0, x @ W1 + b1)
    mask = (rng.random(h.shape) < 0.5) / 0.5
    hd = h * mask
    s = hd @ W2 + b2
    e = np.exp(s - s.max(1, keepdims=True))
    return h, mask, hd, e / e.sum(1, keepdims=True)

for epoch in range(30):
    losses = []
    for idx in np.array_split(rng.permutation(len(Xtr)), 24):
        h, mask, hd, p = forward(Xtr[idx])
        losses.append(-np.log(p[np.arange(len(idx)), ytr[idx]]).mean())
        d = p
        d[np.arange(len(idx)), ytr[idx]] -= 1
        d = d / len(idx)
        dh = d @ W2.T * mask * (h > 0)
        W2 -= 0.3 * hd.T @ d
        b2 -= 0.3 * d.sum(0)
        W1 -= 0.3 * Xtr[idx].T @ dh
        b1 -= 0.3 * dh.sum(0)
    if epoch % 6 == 0:
        print("epoch", epoch, "loss", np.mean(losses))
print("test accuracy", np.mean(forward(Xte)[3].argmax(1) == yte))
