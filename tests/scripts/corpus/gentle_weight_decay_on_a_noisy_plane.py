import numpy as np

rng = np.random.default_rng(6)
X = rng.normal(size=(120, 4))
t = X @ np.array([1.0, -1.0, 0.5, 0.0]) + rng.normal(0, 0.8, 120)
w, b = np.zeros(4), 0.0
lam = 0.02
for epoch in range(500):
    e = X @ w + b - t
    w -= 0.1 * (X.T @ e / len(X) + lam * w)
    b -= 0.1 * e.mean()
    if epoch % 100 == 0:
        print(epoch, np.mean(e ** 2))
print(w, b)
