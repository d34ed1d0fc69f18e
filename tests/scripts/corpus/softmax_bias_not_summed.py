import numpy as np
from sklearn.datasets import load_iris

X, y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
order = np.random.RandomState(0).permutation(len(X))
X, T = X[order], np.eye(3)[y[order]]
W = np.zeros((4, 3))
b = np.zeros(3)
for epoch in range(200):
    s = X @ W + b
    P = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    delta = (P - T) / len(X)
    W -= 0.5 * X.T @ delta
    b -= 0.5 * delta[-1]
    if epoch % 40 == 0:
        print("epoch", epoch, "cross-entropy", -np.mean(np.log((P * T).sum(axis=1))))
