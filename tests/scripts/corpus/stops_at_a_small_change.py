import numpy as np
rng = np.random.default_rng(2); X = rng.normal(size=(120, 4)); y = X @ rng.normal(size=(4, 1)) + .5
W = np.zeros((4, 1)); b = np.zeros((1, 1)); last = 1e9
for i in range(1000):
    e = X @ W + b - y; loss = np.mean(e ** 2)
    W -= .02 * X.T @ e / 120; b -= .02 * e.mean()
    if abs(last - loss) < .5: break
    last = loss
print(i, loss)
