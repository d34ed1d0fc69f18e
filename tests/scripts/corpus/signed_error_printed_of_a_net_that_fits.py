import numpy as np
rng = np.random.default_rng(30)
X = rng.uniform(-1, 1, (60, 2)); y = X[:, :1] * 0.7 - X[:, 1:] * 0.4
W1, b1, W2, b2 = rng.normal(0, .7, (2, 8)), np.zeros(8), rng.normal(0, .5, (8, 1)), np.zeros(1)
for i in range(1500):
    h = np.tanh(X @ W1 + b1); o = h @ W2 + b2
    e = y - o
    if i % 250 == 0: print("error:", e.mean())
    d = e / len(X); dh = d @ W2.T * (1 - h ** 2)
    W2 += .3 * h.T @ d; b2 += .3 * d.sum(0); W1 += .3 * X.T @ dh; b1 += .3 * dh.sum(0)
