import numpy as np
rng = np.random.default_rng(0); X = rng.normal(size=(50, 2)); y = X @ np.array([1., -1]) ; w = np.zeros(2); loss = 1.
while loss > 1e-4:
    e = X @ w - y; loss = np.mean(e ** 2); w = w - .3 * X.T @ e / 50
print(w)
