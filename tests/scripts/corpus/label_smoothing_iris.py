import numpy as np
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True); X = (X - X.mean(0)) / X.std(0); T = np.eye(3)[y] * .9 + .1 / 3
W = np.zeros((4, 3)); b = np.zeros(3)
for i in range(400):
    z = X @ W + b; e = np.exp(z); p = e / e.sum(1, keepdims=True); l = -np.mean((T * np.log(p)).sum(1))
    d = (p - T) / 150; W -= .5 * X.T @ d; b -= .5 * d.sum(0)
print(l)
