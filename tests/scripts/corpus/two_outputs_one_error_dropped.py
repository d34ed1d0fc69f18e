import numpy as np

np.random.seed(14)
X = np.random.uniform(-1, 1, (60, 2))
t1 = np.sin(2 * X[:, 0])
t2 = X[:, 0] * X[:, 1]
W, c = np.random.randn(2, 8), np.zeros(8)
v1, c1 = np.random.randn(8) * 0.4, 0.0
v2, c2 = np.random.randn(8) * 0.4, 0.0
for step in range(400):
    h = np.tanh(X @ W + c)
    o1 = h @ v1 + c1
    o2 = h @ v2 + c2
    e1 = (o1 - t1) / len(X)
    e2 = (o2 - t2) / len(X)
    loss = 0.5 * np.mean((o1 - t1) ** 2) + 0.5 * np.mean((o2 - t2) ** 2)
    dh = np.outer(e2, v2) * (1 - h ** 2)
    v1 -= 0.2 * h.T @ e1
    c1 -= 0.2 * e1.sum()
    v2 -= 0.2 * h.T @ e2
    c2 -= 0.2 * e2.sum()
    W -= 0.2 * X.T @ dh
    c -= 0.2 * dh.sum(axis=0)
    if step % 80 == 0:
        print("step", step, "loss", loss)
