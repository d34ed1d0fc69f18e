import numpy as np

rng = np.random.RandomState(4)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)
W1, b1 = rng.randn(2, 3), rng.randn(3)
W2, b2 = rng.randn(3, 1), rng.randn(1)

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

for epoch in range(500):
    z1 = X @ W1 + b1
    h = (z1 > 0).astype(float)
    o = sigmoid(h @ W2 + b2)
    d2 = (o - y) * o * (1 - o)
    d1 = d2 @ W2.T * sigmoid(z1) * (1 - sigmoid(z1))
    W2 -= 0.5 * h.T @ d2
    b2 -= 0.5 * d2.sum(0)
    W1 -= 0.5 * X.T @ d1
    b1 -= 0.5 * d1.sum(0)
    if epoch % 100 == 0:
        print(epoch, np.mean((o - y) ** 2))
