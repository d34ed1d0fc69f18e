import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)
W1 = np.full((2, 4), 0.5)
b1 = np.zeros((1, 4))
W2 = np.full((4, 1), 0.5)
b2 = np.zeros((1, 1))
s = lambda z: 1 / (1 + np.exp(-z))
for epoch in range(2000):
    a1 = s(X @ W1 + b1)
    a2 = s(a1 @ W2 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    W2 -= 0.5 * a1.T @ d2
    b2 -= 0.5 * d2.sum(0, keepdims=True)
    W1 -= 0.5 * X.T @ d1
    b1 -= 0.5 * d1.sum(0, keepdims=True)
    if epoch % 400 == 0:
        print("epoch", epoch, "error", np.mean((a2 - y) ** 2))
print(W1)
