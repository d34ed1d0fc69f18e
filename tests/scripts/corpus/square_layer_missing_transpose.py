import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(100, 4))
y = np.tanh(X[:, [0]] - X[:, [1]] * X[:, [2]])
sizes = [4, 6, 6, 1]
W = [rng.normal(0, 1 / np.sqrt(a), (a, b)) for a, b in zip(sizes, sizes[1:])]
b = [np.zeros(n) for n in sizes[1:]]

for it in range(600):
    a0 = X
    a1 = np.tanh(a0 @ W[0] + b[0])
    a2 = np.tanh(a1 @ W[1] + b[1])
    a3 = a2 @ W[2] + b[2]
    loss = np.mean((a3 - y) ** 2)
    g3 = 2 * (a3 - y) / len(X)
    g2 = g3 @ W[2].T * (1 - a2 ** 2)
    g1 = g2 @ W[1] * (1 - a1 ** 2)
    for k, (a, g) in enumerate(((a0, g1), (a1, g2), (a2, g3))):
        W[k] -= 0.1 * a.T @ g
        b[k] -= 0.1 * g.sum(axis=0)
    if it % 120 == 0:
        print("iteration", it, "loss", loss)
