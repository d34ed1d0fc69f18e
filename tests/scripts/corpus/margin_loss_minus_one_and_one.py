import numpy as np
rng = np.random.default_rng(0); X = rng.normal(size=(100, 2)) ; y = np.sign(X[:, 0] - X[:, 1] + .2)
w = np.zeros(2); b = 0.
for i in range(300):
    m = y * (X @ w + b); l = np.mean(np.log(1 + np.exp(-m)))
    g = -y / (1 + np.exp(m))
    w -= 1. * X.T @ g / 100; b -= 1. * g.mean()
    if i % 60 == 0: print(i, l)
