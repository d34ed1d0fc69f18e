import numpy as np

rng = np.random.default_rng(11)
X = rng.uniform(-1.5, 1.5, size=(90, 3))
y = np.sin(X.sum(axis=1))


class MLP:
    def __init__(self, n_in, n_hidden):
        self.W = rng.standard_normal((n_in, n_hidden)) / np.sqrt(n_in)
        self.b = np.zeros(n_hidden)
        self.v = rng.standard_normal(n_hidden) / np.sqrt(n_hidden)
        self.c = 0.0

    def __call__(self, x):
        self.h = np.tanh(x @ self.W + self.b)
        return self.h @ self.v + self.c

    def step(self, x, error, eta):
        back = np.outer(error, self.v) * (1 - self.h ** 2)
        self.v = self.v - eta * self.h.T @ error
        self.c = self.c - eta * error.sum()
        self.W = self.W - eta * x.T @ back
        self.b = self.b - eta * back.sum(axis=0)


net = MLP(3, 14)
for epoch in range(60):
    order = rng.permutation(len(X))
    for s in range(0, len(X), 3):
        rows = order[s:s + 3]
        p = net(X[rows])
        net.step(X[rows], (p - y[rows]) / len(rows), 0.55)
    if epoch % 6 == 0:
        print(f"{epoch:3d}  {np.mean((net(X) - y) ** 2):.4f}")
