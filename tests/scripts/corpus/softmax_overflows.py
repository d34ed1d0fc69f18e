import numpy as np
from sklearn.datasets import load_digits

X, y = load_digits(return_X_y=True)
X, y = X[:300] * 16.0, y[:300]
rng = np.random.RandomState(0)
W = rng.randn(64, 10)
b = np.zeros(10)
for epoch in range(20):
    scores = X @ W + b
    e = np.exp(scores)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(len(X)), y]))
    d = p.copy()
    d[np.arange(len(X)), y] -= 1
    W -= 0.01 * X.T @ d / len(X)
    b -= 0.01 * d.mean(axis=0)
    if epoch % 5 == 0:
        print("epoch", epoch, "loss", loss)
