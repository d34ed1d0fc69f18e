import numpy as np
class Log:
    def __init__(self, n): self.w = np.zeros((n, 1)); self.b = 0.
    def f(self, X): return 1 / (1 + np.exp(-(X @ self.w + self.b)))
    def loss(self, X, y): p = np.clip(self.f(X), 1e-9, 1 - 1e-9); return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    def fit(self, X, y, lr, n):
        for i in range(n):
            p = self.f(X); l = self.loss(X, y); g = p - y
            self.w -= lr * X.T @ g / len(X); self.b -= lr * g.mean()
            if i % 50 == 0: print(i, l)
rng = np.random.default_rng(1); X = rng.normal(size=(120, 4)); y = np.sign(X @ np.array([[1.], [1], [-1], [.5]]) + .3)
Log(4).fit(X, y, .2, 250)
