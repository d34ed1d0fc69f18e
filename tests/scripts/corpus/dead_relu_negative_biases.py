import numpy as np

np.random.seed(0)
X = np.random.uniform(-1, 1, (100, 2))
y = (X[:, :1] + X[:, 1:]) * 2
W1 = np.random.randn(2, 16) * 0.5
b1 = np.full((1, 16), -5.0)
W2 = np.random.randn(16, 1) * 0.5
b2 = np.zeros((1, 1))
for epoch in range(300):
    z1 = X @ W1 + b1
    a1 = np.maximum(0, z1)
    out = a1 @ W2 + b2
    loss = np.mean((out - y) ** 2)
    dout = 2 * (out - y) / len(X)
    dz1 = (dout @ W2.T) * (z1 > 0)
    W2 -= 0.05 * a1.T @ dout
    b2 -= 0.05 * dout.sum(axis=0, keepdims=True)
    W1 -= 0.05 * X.T @ dz1
    b1 -= 0.05 * dz1.sum(axis=0, keepdims=True)
    if epoch % 60 == 0:
        print("epoch", epoch, "loss", loss)
