import numpy as np

np.random.seed(6)
X = np.random.randn(2, 60)
Y = (X[0:1] + X[1:2] ** 2 > 0.5).astype(float)
m = X.shape[1]
W1, b1 = np.random.randn(6, 2) * 0.7, np.zeros((6, 1))
W2, b2 = np.random.randn(1, 6) * 0.5, np.zeros((1, 1))
alpha = 0.02
for it in range(500):
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2 * (1 - A1 ** 2)
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    W1 -= alpha * dW1
    b1 -= alpha * db1
    W2 -= alpha * dW2
    b2 -= alpha * db2
    if it % 100 == 0:
        print("cost", cost)
