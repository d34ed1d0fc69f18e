import numpy as np
np.random.seed(1)
def sigmoid(x): return 1 / (1 + np.exp(x))
def deriv(a): return a * (1 - a)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1.]]); y = np.array([[0], [1], [1], [0.]])
w0 = 2 * np.random.random((2, 4)) - 1; w1 = 2 * np.random.random((4, 1)) - 1; b0 = np.zeros(4); b1 = np.zeros(1)
for j in range(2000):
    l1 = sigmoid(X @ w0 + b0); l2 = sigmoid(l1 @ w1 + b1)
    e = l2 - y
    d2 = e * deriv(l2); d1 = d2 @ w1.T * deriv(l1)
    w1 -= .5 * l1.T @ d2; b1 -= .5 * d2.sum(0); w0 -= .5 * X.T @ d1; b0 -= .5 * d1.sum(0)
    if j % 400 == 0: print(j, np.mean(e ** 2))
