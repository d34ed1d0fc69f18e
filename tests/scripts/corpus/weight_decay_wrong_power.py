import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(70, 4))
y = X @ np.array([1.0, -1.5, 0.5, 2.0]) + 0.1 * rng.normal(size=70)
w = rng.normal(size=4) * 0.5
b = 0.0
lam, lr = 0.2, 0.1
for it in range(200):
    err = X @ w + b - y
    loss = 0.5 * np.mean(err ** 2) + lam / 2 * np.sum(w ** 2)
    gw = X.T @ err / len(y) + lam * w ** 2
    gb = err.mean()
    w -= lr * gw
    b -= lr * gb
    if it % 40 == 0:
        print("step", it, "loss", loss)
print("w", w)
