import numpy as np
rng = np.random.default_rng(0); X = rng.normal(size=(100, 2)); y = 1 / (1 + np.exp(-(X @ np.array([[2.], [-1]]))))
w = np.zeros((2, 1)); b = 0.
for i in range(500):
    p = 1 / (1 + np.exp(-(X @ w + b))); l = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    w -= 1. * X.T @ (p - y) / 100; b -= 1. * (p - y).mean()
print(l)
