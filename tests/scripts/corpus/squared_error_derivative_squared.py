import numpy as np

np.random.seed(10)
X = np.random.uniform(-1, 1, (50, 2))
t = 0.5 * X[:, :1] - 0.25 * X[:, 1:] + 0.1
W1, b1 = np.random.randn(2, 5), np.zeros(5)
W2, b2 = np.random.randn(5, 1), np.zeros(1)

def loss_of(o):
    return np.mean((o - t) ** 2)

def delta_of(o):
    return 2 * (o - t) ** 2 / len(t)

for k in range(200):
    h = np.tanh(X @ W1 + b1)
    o = h @ W2 + b2
    d = delta_of(o)
    e = d @ W2.T * (1 - h * h)
    W2 -= 0.02 * h.T @ d
    b2 -= 0.02 * d.sum(axis=0)
    W1 -= 0.02 * X.T @ e
    b1 -= 0.02 * e.sum(axis=0)
    if k % 40 == 0:
        print("step", k, "loss", loss_of(o))
