import numpy as np

np.random.seed(3)
N = 100
X = np.random.uniform(-2, 2, (N, 2))
T = np.sin(X[:, [0]]) * X[:, [1]]

sizes = [2, 12, 12, 1]
W = [0.001 * np.random.randn(a, b) for a, b in zip(sizes, sizes[1:])]
b = [np.zeros(k) for k in sizes[1:]]
lr = 0.1

for it in range(600):
    acts = [X]
    for k in range(3):
        z = acts[-1] @ W[k] + b[k]
        acts.append(np.tanh(z) if k < 2 else z)
    delta = (acts[-1] - T) / N
    for k in (2, 1, 0):
        gW, gb = acts[k].T @ delta, delta.sum(axis=0)
        if k:
            delta = (delta @ W[k].T) * (1 - acts[k] ** 2)
        W[k] -= lr * gW
        b[k] -= lr * gb
    if it % 100 == 0:
        print(it, np.mean((acts[-1] - T) ** 2))
