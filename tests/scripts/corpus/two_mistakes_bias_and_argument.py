import numpy as np

def sigma(z):
    return 1 / (1 + np.exp(-z))

def sigma_prime(z):
    return sigma(z) * (1 - sigma(z))

rng = np.random.default_rng(9)
X = rng.uniform(-1, 1, (64, 2))
T = np.abs(X[:, :1]) + 0.3 * X[:, 1:]
A, a = rng.normal(0, 1.5, (2, 10)), rng.normal(0, 0.5, 10)
B, b = rng.normal(0, 0.4, (10, 1)), np.zeros(1)
for k in range(300):
    h = sigma(X @ A + a)
    o = h @ B + b
    d = (o - T) / len(X)
    g = d @ B.T * sigma_prime(h)
    B -= 0.1 * h.T @ d
    b -= 0.1 * np.mean((o - T) ** 2)
    A -= 0.1 * X.T @ g
    a -= 0.1 * g.sum(axis=0)
    if k % 60 == 0:
        print(k, "half squared error", 0.5 * np.mean((o - T) ** 2))
