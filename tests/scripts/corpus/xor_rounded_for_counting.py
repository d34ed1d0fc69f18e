import numpy as np
np.random.seed(0)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1.]]); Y = np.array([[0], [1], [1], [0.]])
W1 = np.random.randn(2, 6); b1 = np.zeros((1, 6)); W2 = np.random.randn(6, 1); b2 = np.zeros((1, 1))
for i in range(3000):
    h = np.tanh(X @ W1 + b1); o = 1 / (1 + np.exp(-(h @ W2 + b2)))
    wrong = np.abs(np.round(o) - Y).sum()
    d = (o - Y) / 4; d1 = d @ W2.T * (1 - h * h)
    W2 -= .5 * h.T @ d; b2 -= .5 * d.sum(0); W1 -= .5 * X.T @ d1; b1 -= .5 * d1.sum(0)
    if i % 1000 == 0: print(i, wrong)
