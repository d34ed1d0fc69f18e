import numpy as np

rng = np.random.RandomState(8)
X = rng.uniform(-1, 1, (100, 2))
Y = X[:, :1] ** 2 + X[:, 1:]
W1, b1 = rng.randn(2, 10), np.zeros(10)
W2, b2 = rng.randn(10, 1), np.zeros(1)
for it in range(50):
    H = np.tanh(X @ W1 + b1)
    O = H @ W2 + b2
    D = 2 * (O - Y) / len(X)
    DH = D @ W2.T * (1 - H ** 2)
    W2 -= 0.0001 * H.T @ D
    b2 -= 0.0001 * D.sum(0)
    W1 -= 0.0001 * X.T @ DH
    b1 -= 0.0001 * DH.sum(0)
    if it % 10 == 0:
        print("iteration", it, "error", np.mean((O - Y) ** 2))
