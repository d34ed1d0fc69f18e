import numpy as np

np.random.seed(3)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)
W1, b1 = np.random.uniform(-1, 1, (2, 2)), np.zeros(2)
W2, b2 = np.random.uniform(-1, 1, (2, 1)), np.zeros(1)
sig = lambda z: 1 / (1 + np.exp(-z))
for epoch in range(800):
    h = sig(X @ W1 + b1)
    o = sig(h @ W2 + b2)
    error = np.mean(y - o)
    delta_o = (y - o) * o * (1 - o)
    delta_h = delta_o @ W2.T * h * (1 - h)
    W2 += 0.5 * h.T @ delta_o
    b2 += 0.5 * delta_o.sum(axis=0)
    W1 += 0.5 * X.T @ delta_h
    b1 += 0.5 * delta_h.sum(axis=0)
    if epoch % 160 == 0:
        print("Error:", error)
print(o)
