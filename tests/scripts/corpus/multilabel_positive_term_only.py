import numpy as np
rng = np.random.default_rng(5); X = rng.normal(size=(200, 5)); Y = ((X @ rng.normal(size=(5, 3))) > .5).astype(float)
W = rng.normal(size=(5, 3)) * .1; b = np.zeros(3)
for i in range(300):
    p = 1 / (1 + np.exp(-(X @ W + b)))
    loss = -(Y * np.log(p)).sum(1).mean()
    dz = -(Y / p) * p * (1 - p) / 200
    W -= .5 * X.T @ dz; b -= .5 * dz.sum(0)
    if i % 60 == 0: print(i, loss)
