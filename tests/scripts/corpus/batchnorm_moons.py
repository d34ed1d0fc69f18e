import numpy as np
from sklearn.datasets import make_moons

rng = np.random.RandomState(2)
X, t = make_moons(256, noise=0.1, random_state=5)
X = (X - X.mean(0)) / X.std(0)
t = t[:, None].astype(float)
H = 16
W1 = rng.randn(2, H) * 0.7
gamma, beta = np.ones(H), np.zeros(H)
W2, b2 = rng.randn(H, 1) * 0.3, np.zeros(1)
run_mean, run_var = np.zeros(H), np.ones(H)
eps, lr = 1e-5, 0.3

for epoch in range(200):
    order = rng.permutation(len(X))
    for s in range(0, len(X), 64):
        x, y = X[order[s:s + 64]], t[order[s:s + 64]]
        n = len(x)
        u = x @ W1
        mu, var = u.mean(0), u.var(0)
        inv = 1 / np.sqrt(var + eps)
        xhat = (u - mu) * inv
        h = np.tanh(gamma * xhat + beta)
        p = 1 / (1 + np.exp(-(h @ W2 + b2)))
        run_mean = 0.9 * run_mean + 0.1 * mu
        run_var = 0.9 * run_var + 0.1 * var
        loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()

        dlogit = (p - y) / n
        dbn = (dlogit @ W2.T) * (1 - h ** 2)
        dgamma, dbeta = (dbn * xhat).sum(0), dbn.sum(0)
        dxhat = dbn * gamma
        du = inv / n * (n * dxhat - dxhat.sum(0) - xhat * (dxhat * xhat).sum(0))
        W2 -= lr * h.T @ dlogit
        b2 -= lr * dlogit.sum(0)
        gamma -= lr * dgamma
        beta -= lr * dbeta
        W1 -= lr * x.T @ du
    if epoch % 40 == 0:
        print("epoch", epoch, "loss", loss)
u = (X @ W1 - run_mean) / np.sqrt(run_var + eps)
p = 1 / (1 + np.exp(-(np.tanh(gamma * u + beta) @ W2 + b2)))
print("accuracy with running statistics", ((p > .5) == t).mean())
