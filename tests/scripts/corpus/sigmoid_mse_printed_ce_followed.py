import numpy as np

np.random.seed(4)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)
W1, b1 = np.random.randn(2, 4), np.zeros((1, 4))
W2, b2 = np.random.randn(4, 1), np.zeros((1, 1))

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

for i in range(3000):
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    if i % 600 == 0:
        print("mse", np.mean((a2 - y) ** 2))
    delta2 = a2 - y
    delta1 = delta2 @ W2.T * a1 * (1 - a1)
    W2 -= 0.3 * a1.T @ delta2
    b2 -= 0.3 * delta2.sum(axis=0, keepdims=True)
    W1 -= 0.3 * X.T @ delta1
    b1 -= 0.3 * delta1.sum(axis=0, keepdims=True)
print(a2.round(3))
