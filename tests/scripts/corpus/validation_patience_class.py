import numpy as np
rng = np.random.default_rng(32)
X = rng.uniform(-2, 2, (200, 1)); y = np.sin(2 * X) + rng.normal(0, .15, X.shape)
Xtr, ytr, Xva, yva = X[:140], y[:140], X[140:], y[140:]

class Net:
    def __init__(self, h): self.p = {"W": rng.normal(0, 1.5, (1, h)), "b": rng.normal(0, 1, h), "V": rng.normal(0, .3, (h, 1)), "c": np.zeros(1)}
    def __call__(self, x):
        self.h = np.tanh(x @ self.p["W"] + self.p["b"]); return self.h @ self.p["V"] + self.p["c"]
    def grads(self, x, y):
        e = (self(x) - y) / len(x); d = e @ self.p["V"].T * (1 - self.h ** 2)
        return {"W": x.T @ d, "b": d.sum(0), "V": self.h.T @ e, "c": e.sum(0)}

net, best, wait = Net(16), np.inf, 0
for epoch in range(3000):
    for k, g in net.grads(Xtr, ytr).items(): net.p[k] -= .2 * g
    if epoch % 20 == 0:
        va = np.mean((net(Xva) - yva) ** 2)
        if va < best - 1e-5: best, wait, kept = va, 0, {k: v.copy() for k, v in net.p.items()}
        else: wait += 1
        if wait == 15: break
net.p = kept
print("stopped at", epoch, "validation", best)
