import numpy as np
from sklearn.datasets import load_digits

class Adam:
    def __init__(self, params, lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        self.params, self.lr, self.betas, self.eps, self.weight_decay = params, lr, betas, eps, weight_decay
        self.state = [(np.zeros_like(p), np.zeros_like(p)) for p in params]
        self.t = 0

    def step(self, grads):
        self.t += 1
        b1, b2 = self.betas
        alpha = self.lr * np.sqrt(1 - b2 ** self.t) / (1 - b1 ** self.t)
        for (m, v), p, g in zip(self.state, self.params, grads):
            if self.weight_decay:
                g = g + self.weight_decay * p
            m *= b1
            m += (1 - b1) * g
            v *= b2
            v += (1 - b2) * np.multiply(g, g)
            p -= alpha * m / (np.sqrt(v) + self.eps)

digits = load_digits()
X = digits.data[:600] / 16.0
Y = np.eye(10)[digits.target[:600]]
rng = np.random.default_rng(2)
W1, b1 = rng.normal(0, np.sqrt(2 / 64), (64, 24)), np.zeros(24)
W2, b2 = rng.normal(0, np.sqrt(1 / 24), (24, 10)), np.zeros(10)
opt = Adam([W1, b1, W2, b2], lr=5e-3, weight_decay=1e-4)

for epoch in range(12):
    order = rng.permutation(len(X))
    total = 0.0
    for start in range(0, len(X), 60):
        rows = order[start:start + 60]
        h = np.maximum(X[rows] @ W1 + b1, 0)
        z = h @ W2 + b2
        z = z - z.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        total += -np.sum(Y[rows] * np.log(p))
        dz = (p - Y[rows]) / len(rows)
        dh = dz @ W2.T * (h > 0)
        opt.step([X[rows].T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)])
    print("epoch", epoch, "loss", total / len(X))
