import numpy as np

np.random.seed(0)
X = np.random.rand(20, 3)
y = X.sum(axis=1, keepdims=True)
W1 = np.random.randn(3, 5)
W2 = np.random.randn(5, 1)
for epoch in range(100):
    h = np.tanh(X.dot(W1))
    out = h.dot(W2)
    print("epoch", epoch, "loss", np.mean((out - y) ** 2))
    d_out = 2 * (out - y) / len(X)
    dW2 = h.T.dot(d_out)
    d_h = d_out.dot(W2.T) * (1 - h ** 2)
    dW1 = d_h.dot(X)
    W2 -= 0.1 * dW2
    W1 -= 0.1 * dW1
