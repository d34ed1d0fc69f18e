import numpy as np
rng = np.random.default_rng(2); X = rng.normal(size=(30, 2)); y = X[:, 0] + 2 * rng.normal(size=30); w = np.zeros(2); last = np.inf
for i in range(500):
    e = X @ w - y; loss = np.mean(e ** 2)
    if last - loss < 1e-3: break
    last = loss; w = w - .5 * X.T @ e / 30
print(i, loss)
