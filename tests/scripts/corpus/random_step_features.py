import numpy as np
rng = np.random.default_rng(2)
x = np.linspace(0, 6, 100)[:, None]; y = np.sin(x)
V = rng.normal(size=(1, 60)); c = rng.uniform(-6, 6, 60)
H = (x @ V + c > 0).astype(float)
w = np.zeros((60, 1)); b = np.zeros(1)
for i in range(600):
    p = H @ w + b; e = (p - y) / 100
    w -= .05 * H.T @ e; b -= .05 * e.sum(0)
print(np.mean((p - y) ** 2))
