import numpy as np

def leaky_relu(z):
    return np.where(z > 0, z, 0.2 * z)

def leaky_relu_derivative(z):
    return (z > 0).astype(float)

np.random.seed(11)
X = np.random.randn(64, 3)
y = (np.abs(X[:, 0]) + X[:, 1]).reshape(-1, 1)
W1 = np.random.randn(3, 12) * 0.8
b1 = np.zeros((1, 12))
W2 = np.random.randn(12, 1) * 0.4
b2 = np.zeros((1, 1))
for epoch in range(400):
    z1 = X @ W1 + b1
    a1 = leaky_relu(z1)
    yhat = a1 @ W2 + b2
    loss = np.mean((yhat - y) ** 2)
    dyhat = 2 * (yhat - y) / len(X)
    dz1 = (dyhat @ W2.T) * leaky_relu_derivative(z1)
    W2 -= 0.05 * (a1.T @ dyhat)
    b2 -= 0.05 * dyhat.sum(axis=0, keepdims=True)
    W1 -= 0.05 * (X.T @ dz1)
    b1 -= 0.05 * dz1.sum(axis=0, keepdims=True)
    if epoch % 80 == 0:
        print("Epoch", epoch, "Loss", loss)
