import numpy as np
rng = np.random.default_rng(0); X = rng.uniform(-2, 2, (100, 1)); y = np.sin(X)
W1 = rng.normal(size=(1, 12)); b1 = rng.normal(size=12); W2 = rng.normal(size=(12, 1)) * .3; b2 = np.zeros(1)
for i in range(2000):
    h = 1.7159 * np.tanh(2 / 3 * (X @ W1 + b1)); p = h @ W2 + b2; d = (p - y) / 100
    dh = d @ W2.T * (2 / 3) / 1.7159 * (1.7159 - h) * (1.7159 + h)
    W2 -= .1 * h.T @ d; b2 -= .1 * d.sum(0); W1 -= .1 * X.T @ dh; b1 -= .1 * dh.sum(0)
print(np.mean((p - y) ** 2))
