import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 2))
y = np.where(X[:, 0] > 0, 1, -1)
W, b = np.zeros((2, 2)), np.zeros(2)
rows = np.arange(len(y))
for i in range(200):
    s = X @ W + b
    p = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    loss = -np.log(p[rows, y]).mean()
    d = p.copy()
    d[rows, y] -= 1
    W -= 0.5 * X.T @ d / len(y)
    b -= 0.5 * d.mean(0)
print("loss", loss, "accuracy", np.mean(p.argmax(1) == y))
