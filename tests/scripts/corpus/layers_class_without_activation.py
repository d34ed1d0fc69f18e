import numpy as np
class Dense:
    def __init__(self, i, o, r): self.W = r.normal(0, i ** -.5, (i, o)); self.b = np.zeros(o)
    def forward(self, x): self.x = x; return x @ self.W + self.b
    def backward(self, g, lr):
        gx = g @ self.W.T
        self.W = self.W - lr * self.x.T @ g; self.b = self.b - lr * g.sum(axis=0)
        return gx
r = np.random.default_rng(1)
net = [Dense(2, 10, r), Dense(10, 10, r), Dense(10, 1, r)]
X = r.uniform(-1, 1, (150, 2)); y = (X[:, :1] * X[:, 1:]) * 3
for ep in range(60):
    for k in range(0, 150, 15):
        a = X[k:k+15]
        for l in net: a = l.forward(a)
        g = 2 * (a - y[k:k+15]) / 15
        for l in reversed(net): g = l.backward(g, .05)
    if ep % 10 == 0: print(ep, np.mean((a - y[k:k+15]) ** 2))
