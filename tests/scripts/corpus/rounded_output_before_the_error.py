import numpy as np
np.random.seed(1)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1.]]); Y = np.array([[0], [1], [1], [0.]])
W1 = np.random.randn(2, 4); b1 = np.zeros((1, 4)); W2 = np.random.randn(4, 1); b2 = np.zeros((1, 1))
def sig(z): return 1 / (1 + np.exp(-z))
for i in range(1000):
    h = sig(X @ W1 + b1)
    s = sig(h @ W2 + b2)
    out = np.round(s)
    err = out - Y
    d2 = err * s * (1 - s); d1 = d2 @ W2.T * h * (1 - h)
    W2 -= .02 * h.T @ d2; b2 -= .02 * d2.sum(0); W1 -= .02 * X.T @ d1; b1 -= .02 * d1.sum(0)
    if i % 200 == 0: print(i, np.mean(err ** 2))
