import numpy as np
rng = np.random.default_rng(14)
X = rng.normal(size=(128, 6)) * np.array([1, 5, .2, 3, 1, 10]); y = (X[:, 0] + .2 * X[:, 1] * np.sign(X[:, 2]) > 0).astype(float)[:, None]
W1, b1 = rng.normal(0, .4, (6, 16)), np.zeros(16); g, s = np.ones(16), np.zeros(16)
W2, b2 = rng.normal(0, .3, (16, 1)), np.zeros(1)
for i in range(500):
    z = X @ W1 + b1
    mu, sd = z.mean(1, keepdims=True), np.sqrt(z.var(1, keepdims=True) + 1e-5)
    n = (z - mu) / sd
    a = n * g + s
    h = np.maximum(0, a)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    d = (p - y) / len(X)
    da = d @ W2.T * (a > 0)
    dn = da * g
    dz = (dn - dn.mean(1, keepdims=True) - n * (dn * n).mean(1, keepdims=True)) / sd
    W2 -= .5 * h.T @ d; b2 -= .5 * d.sum(0); g -= .5 * (da * n).sum(0); s -= .5 * da.sum(0)
    W1 -= .5 * X.T @ dz; b1 -= .5 * dz.sum(0)
    if i % 100 == 0: print(i, -np.mean(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9)))
