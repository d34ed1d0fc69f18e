import numpy as np
rng = np.random.default_rng(0); X = rng.normal(size=(150, 3)); y = X @ np.array([[1.], [-1], [.5]]) + rng.normal(size=(150, 1))
W1 = rng.normal(size=(3, 4)) * .5; W2 = rng.normal(size=(4, 1)) * .5; b1 = np.zeros(4); b2 = np.zeros(1)
for i in range(800):
    h = X @ W1 + b1; p = h @ W2 + b2; e = (p - y) / 150
    dh = e @ W2.T; W2 -= .1 * h.T @ e; b2 -= .1 * e.sum(0); W1 -= .1 * X.T @ dh; b1 -= .1 * dh.sum(0)
print(np.mean((p - y) ** 2))
