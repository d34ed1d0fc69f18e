import numpy as np

rng = np.random.default_rng(4)
X = rng.normal(size=(80, 5))
t = np.tanh(X @ rng.normal(size=5)) + 0.05 * rng.normal(size=80)
w = np.zeros(5)

def gradient(w, rows):
    o = np.tanh(X[rows] @ w)
    return X[rows].T @ ((o - t[rows]) * (1 - o ** 2)) / len(rows)

everything = np.arange(80)
for epoch in range(25):
    anchor = w.copy()
    full = gradient(anchor, everything)
    for _ in range(8):
        rows = rng.choice(80, 10, replace=False)
        w = w - 0.3 * (gradient(w, rows) - gradient(anchor, rows) + full)
    if epoch % 5 == 0:
        print(epoch, 0.5 * np.mean((np.tanh(X @ w) - t) ** 2))
