import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(200, 3)) * 300
y = (X @ [1., -2., .5] > 0).astype(float)
w = np.zeros(3); b = 0.0
def sigmoid(z): return 1 / (1 + np.exp(-np.clip(z, -500, 500)))
for i in range(300):
    p = sigmoid(X @ w + b)
    w -= 0.1 * X.T @ (p - y) / len(y)
    b -= 0.1 * np.mean(p - y)
print(w, np.mean((p > .5) == y))
