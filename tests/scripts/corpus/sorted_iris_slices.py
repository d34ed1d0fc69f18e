import numpy as np
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
T = np.eye(3)[y]
rng = np.random.default_rng(0)
W1 = rng.normal(0, 0.5, (4, 8)); b1 = np.zeros(8)
W2 = rng.normal(0, 0.5, (8, 3)); b2 = np.zeros(3)
lr, bs = 1.0, 10
for epoch in range(5):
    total = 0
    for i in range(0, len(X), bs):
        xb, tb = X[i:i + bs], T[i:i + bs]
        h = np.tanh(xb @ W1 + b1)
        z = h @ W2 + b2
        e = np.exp(z - z.max(1, keepdims=True)); p = e / e.sum(1, keepdims=True)
        total -= np.sum(tb * np.log(p + 1e-12))
        d = (p - tb) / len(xb)
        dh = d @ W2.T * (1 - h ** 2)
        W2 -= lr * h.T @ d; b2 -= lr * d.sum(0)
        W1 -= lr * xb.T @ dh; b1 -= lr * dh.sum(0)
    print("epoch", epoch, total / len(X))
