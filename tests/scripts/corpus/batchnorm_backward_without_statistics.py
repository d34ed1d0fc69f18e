import numpy as np

rng = np.random.RandomState(6)
X = rng.randn(80, 2) * [1.0, 2.0]
t = np.tanh(X[:, :1]) * 0.8 + 0.3 * X[:, 1:]
W1 = rng.randn(2, 6)
gamma, beta = np.ones(6), np.zeros(6)
W2, b2 = rng.randn(6, 1) * 0.4, np.zeros(1)
for it in range(200):
    u = X @ W1
    mu, sd = u.mean(0), np.sqrt(u.var(0) + 1e-5)
    xhat = (u - mu) / sd
    h = np.tanh(gamma * xhat + beta)
    out = h @ W2 + b2
    d = 2 * (out - t) / len(X)
    dbn = d @ W2.T * (1 - h ** 2)
    du = dbn * gamma / sd
    W2 -= 0.1 * h.T @ d
    b2 -= 0.1 * d.sum(0)
    gamma -= 0.1 * (dbn * xhat).sum(0)
    beta -= 0.1 * dbn.sum(0)
    W1 -= 0.1 * X.T @ du
    if it % 40 == 0:
        print("iteration", it, "mse", np.mean((out - t) ** 2))
