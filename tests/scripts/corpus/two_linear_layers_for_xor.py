import numpy as np

np.random.seed(2)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)
A, a = np.random.randn(2, 4) * 0.5, np.zeros((1, 4))
B, b = np.random.randn(4, 1) * 0.5, np.zeros((1, 1))
for epoch in range(1000):
    hidden = X @ A + a
    output = hidden @ B + b
    error = output - Y
    if epoch % 200 == 0:
        print("epoch", epoch, "mse", np.mean(error ** 2))
    dB = hidden.T @ error / 4
    db = error.mean(axis=0, keepdims=True)
    dhidden = error @ B.T / 4
    dA = X.T @ dhidden
    da = dhidden.sum(axis=0, keepdims=True)
    A, a, B, b = A - 0.1 * dA, a - 0.1 * da, B - 0.1 * dB, b - 0.1 * db
print(output.round(2))
