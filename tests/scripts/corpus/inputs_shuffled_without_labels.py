import numpy as np
from sklearn.datasets import load_iris

X, y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
np.random.seed(0)
np.random.shuffle(X)
T = np.eye(3)[y]
W = np.random.randn(4, 3) * 0.01
b = np.zeros(3)
for epoch in range(200):
    s = X @ W + b
    p = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    loss = -np.mean(np.log((p * T).sum(1)))
    d = (p - T) / len(X)
    W -= 0.5 * X.T @ d
    b -= 0.5 * d.sum(0)
    if epoch % 40 == 0:
        print("epoch", epoch, "loss", loss, "accuracy", np.mean(p.argmax(1) == y))
