import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(100, 3)); y = (X[:, :1] > X[:, 1:2]).astype(float)
W = rng.normal(size=(3, 1)) * .1; b = np.zeros((1, 1))
for i in range(200):
    z = X @ W + b
    a = 1 / 1 + np.exp(-z)
    d = (a - y) * a * (1 - a)
    W -= .05 * X.T @ d / 100; b -= .05 * d.mean()
    if i % 40 == 0: print(i, np.mean((a - y) ** 2))
