import numpy as np

rng = np.random.default_rng(5)
X = rng.normal(size=(90, 2))
y = np.array([1, 2, 3] * 30)
X[y == 2] += 3
X[y == 3, 0] -= 3


def one_hot(labels, classes):
    table = np.zeros((len(labels), classes))
    for row, label in enumerate(labels):
        table[row, label] = 1.0
    return table


T = one_hot(y, 3)
W = np.zeros((2, 3))
for step in range(100):
    scores = X @ W
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    W -= 0.1 * X.T @ (p - T) / len(X)
