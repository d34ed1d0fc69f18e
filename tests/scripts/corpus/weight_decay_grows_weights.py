import numpy as np

np.random.seed(5)
X = np.random.uniform(-1, 1, (80, 2))
y = np.sin(2 * X[:, :1]) + X[:, 1:]
W1, b1 = np.random.randn(2, 8) * 0.7, np.zeros(8)
W2, b2 = np.random.randn(8, 1) * 0.4, np.zeros(1)
reg = 0.01
lr = 0.1
for i in range(500):
    h = np.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    loss = 0.5 * np.mean((out - y) ** 2) + 0.5 * reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    d = (out - y) / len(X)
    dh = d @ W2.T * (1 - h ** 2)
    dW2 = h.T @ d - reg * W2
    dW1 = X.T @ dh - reg * W1
    W2 -= lr * dW2
    b2 -= lr * d.sum(0)
    W1 -= lr * dW1
    b1 -= lr * dh.sum(0)
    if i % 100 == 0:
        print(i, loss)
