import numpy as np
rng = np.random.default_rng(3)
F = rng.normal(size=(20, 8, 4)); rel = F @ np.array([1., -1, 2, 0]); T = np.exp(rel) / np.exp(rel).sum(1, keepdims=True)
w = np.zeros(4)
for ep in range(30):
    for f, t in zip(F, T):
        s = f @ w; e = np.exp(s - s.max()); p = e / e.sum()
        w -= 0.3 * f.T @ (p - t)
print(w)
