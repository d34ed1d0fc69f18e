import numpy as np
from sklearn.datasets import load_iris

iris = load_iris()
X = (iris.data - iris.data.mean(0)) / iris.data.std(0)
T = np.eye(3)[iris.target]
rng = np.random.RandomState(3)
W1, b1 = rng.randn(4, 6) * 0.5, np.zeros(6)
W2, b2 = rng.randn(6, 3) * 0.5, np.zeros(3)

def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

for epoch in range(300):
    h = np.tanh(X @ W1 + b1)
    p = softmax(h @ W2 + b2)
    loss = -np.mean(np.sum(T * np.log(p), axis=1))
    d2 = (p - T) * p * (1 - p) / len(X)
    d1 = d2 @ W2.T * (1 - h ** 2)
    W2 -= 1.0 * h.T @ d2
    b2 -= 1.0 * d2.sum(axis=0)
    W1 -= 1.0 * X.T @ d1
    b1 -= 1.0 * d1.sum(axis=0)
    if epoch % 60 == 0:
        print("epoch", epoch, "loss", loss)
