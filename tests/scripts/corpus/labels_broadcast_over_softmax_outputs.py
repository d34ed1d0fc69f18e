import numpy as np
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True); X = (X - X.mean(0)) / X.std(0); y = y.reshape(-1, 1)
rng = np.random.RandomState(0); W = rng.randn(4, 3) * .1; b = np.zeros((1, 3))
for i in range(200):
    z = X @ W + b; e = np.exp(z - z.max(1, keepdims=True)); p = e / e.sum(1, keepdims=True)
    d = (p - y) / 150
    W -= .1 * X.T @ d; b -= .1 * d.sum(0, keepdims=True)
    if i % 40 == 0: print(i, np.mean((p - y) ** 2))
