import numpy as np

class MLP:
    def __init__(self, n_in, n_hidden, seed):
        gen = np.random.default_rng(seed)
        self.V = gen.normal(0, 0.6, (n_in, n_hidden))
        self.v0 = np.zeros(n_hidden)
        self.W = gen.normal(0, 0.6, (n_hidden, 1))
        self.w0 = np.zeros(1)

    def deriv(self, s):
        return s * (1 - s)

    def forward(self, X):
        self.z = X @ self.V + self.v0
        self.h = 1 / (1 + np.exp(-self.z))
        self.y = self.h @ self.W + self.w0
        return self.y

    def train_step(self, X, t, lr):
        e = (self.forward(X) - t) / len(X)
        back = e @ self.W.T * self.deriv(self.z)
        self.W -= lr * self.h.T @ e
        self.w0 -= lr * e.sum(axis=0)
        self.V -= lr * X.T @ back
        self.v0 -= lr * back.sum(axis=0)
        return 0.5 * np.mean((self.y - t) ** 2)

gen = np.random.default_rng(1)
X = gen.uniform(-1, 1, (80, 3))
t = X[:, :1] * X[:, 1:2] + 0.5 * X[:, 2:]
net = MLP(3, 6, 0)
for k in range(300):
    loss = net.train_step(X, t, 0.02)
    if k % 60 == 0:
        print(k, loss)
