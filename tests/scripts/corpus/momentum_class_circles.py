import numpy as np
from sklearn.datasets import make_circles

class MomentumSGD:
    def __init__(self, params, lr=0.1, mu=0.9):
        self.params, self.lr, self.mu = params, lr, mu
        self.velocity = [np.zeros_like(p) for p in params]

    def step(self, grads):
        for i, (p, g) in enumerate(zip(self.params, grads)):
            self.velocity[i] = self.mu * self.velocity[i] - self.lr * g
            p += self.velocity[i]

rng = np.random.default_rng(1)
X, y = make_circles(200, noise=0.06, factor=0.5, random_state=1)
y = y[:, None].astype(float)
W1, b1 = rng.normal(size=(2, 10)), np.zeros((1, 10))
W2, b2 = rng.normal(size=(10, 1)) * 0.3, np.zeros((1, 1))
opt = MomentumSGD([W1, b1, W2, b2], lr=0.15)

for it in range(601):
    h = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    bce = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    d2 = (p - y) / len(X)
    d1 = (d2 @ W2.T) * (1 - h * h)
    opt.step([X.T @ d1, d1.sum(0, keepdims=True), h.T @ d2, d2.sum(0, keepdims=True)])
    if it % 100 == 0:
        print(f"{it:4d}  bce {bce:.4f}  accuracy {((p > .5) == y).mean():.3f}")
