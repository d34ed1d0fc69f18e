import numpy as np
from sklearn.datasets import load_iris

X, y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
T = np.eye(3)[y]
rng = np.random.RandomState(0)
W = rng.randn(4, 3) * 0.1
b = np.zeros((1, 3))
for epoch in range(300):
    z = X @ W + b
    e = np.exp(z - z.max(axis=0, keepdims=True))
    p = e / e.sum(axis=0, keepdims=True)
    loss = -np.mean(np.sum(T * np.log(p), axis=1))
    d = (p - T) / len(X)
    W -= 0.5 * X.T @ d
    b -= 0.5 * d.sum(axis=0, keepdims=True)
    if epoch % 60 == 0:
        print("epoch", epoch, "loss", loss)
