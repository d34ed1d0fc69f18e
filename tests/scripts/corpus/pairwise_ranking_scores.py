import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(30, 4)); rel = X @ np.array([1., 2, -1, 0])
w = np.zeros(4)
for e in range(200):
    s = X @ w
    diff = s[:, None] - s[None, :]
    want = (rel[:, None] > rel[None, :]).astype(float)
    p = 1 / (1 + np.exp(-diff))
    g = (p - want)
    ds = g.sum(1) - g.sum(0)
    w -= 0.01 * X.T @ ds / 30
    if e % 50 == 0: print(e, -np.mean(want * np.log(p) + (1 - want) * np.log(1 - p)))
