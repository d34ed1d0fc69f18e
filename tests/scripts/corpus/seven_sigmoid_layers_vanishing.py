import numpy as np

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (200, 3))
Y = np.sin(X.sum(axis=1, keepdims=True))
sizes = [3] + [8] * 7 + [1]
W = [rng.normal(0, 0.5, (a, b)) for a, b in zip(sizes, sizes[1:])]
B = [np.zeros((1, b)) for b in sizes[1:]]

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

for epoch in range(300):
    A = [X]
    for k in range(8):
        z = A[-1] @ W[k] + B[k]
        A.append(sigmoid(z) if k < 7 else z)
    loss = 0.5 * np.mean((A[-1] - Y) ** 2)
    d = (A[-1] - Y) / len(X)
    gW, gB = [0] * 8, [0] * 8
    for k in range(7, -1, -1):
        gW[k] = A[k].T @ d
        gB[k] = d.sum(axis=0, keepdims=True)
        if k:
            d = d @ W[k].T * A[k] * (1 - A[k])
    for k in range(8):
        W[k] -= 0.2 * gW[k]
        B[k] -= 0.2 * gB[k]
    if epoch % 60 == 0:
        print("epoch", epoch, "loss", loss, "first gradient", np.abs(gW[0]).max(), "last", np.abs(gW[7]).max())
