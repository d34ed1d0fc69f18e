import numpy as np
from sklearn.datasets import make_moons

def batches(X, y, size, epochs, rng):
    for epoch in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), size):
            part = order[start:start + size]
            yield epoch, X[part], y[part]

def sigm(z):
    return 1 / (1 + np.exp(-z))

rng = np.random.default_rng(44)
X, y = make_moons(n_samples=200, noise=0.1, random_state=44)
X = (X - X.mean(0)) / X.std(0)
A, a = rng.normal(0, 0.8, (2, 12)), np.zeros(12)
B, b = rng.normal(0, 0.4, 12), 0.0
seen = {}
for epoch, xb, yb in batches(X, y, 25, 200, rng):
    z = xb @ A + a
    s = sigm(z)
    h = z * s
    p = sigm(h @ B + b)
    seen[epoch] = -np.mean(np.where(yb == 1, np.log(p), np.log(1 - p)))
    g = (p - yb) / len(yb)
    gz = np.outer(g, B) * (s + h * (1 - s))
    B -= 1.0 * (h.T @ g)
    b -= 1.0 * g.sum()
    A -= 1.0 * (xb.T @ gz)
    a -= 1.0 * gz.sum(axis=0)
for epoch in (0, 50, 100, 150, 199):
    print("epoch", epoch, "loss of the last batch", seen[epoch])
z = X @ A + a
print("accuracy", ((sigm((z * sigm(z)) @ B + b) > 0.5) == y).mean())
