import numpy as np
from sklearn.datasets import load_digits

rng = np.random.default_rng(17)
X = load_digits().data / 16.0
X = X - X.mean(axis=0)
n, d = X.shape
code = 12
E, e = rng.normal(0, 0.15, (d, code)), np.zeros(code)
D, f = rng.normal(0, 0.15, (code, d)), np.zeros(d)

for epoch in range(60):
    order = rng.permutation(n)
    running = 0.0
    for k in range(0, n, 60):
        x = X[order[k:k + 60]]
        hidden = np.tanh(x @ E + e)
        out = hidden @ D + f
        diff = out - x
        running += (diff ** 2).mean() * len(x)
        g = diff * 2 / len(x)
        gh = g @ D.T * (1 - hidden * hidden)
        D -= 0.05 * hidden.T @ g
        f -= 0.05 * g.sum(axis=0)
        E -= 0.05 * x.T @ gh
        e -= 0.05 * gh.sum(axis=0)
    if epoch % 15 == 0:
        print(epoch, running / n)
print("reconstruction error", running / n, "variance", X.var())
