import numpy as np

rng = np.random.RandomState(6)
x = np.linspace(-1, 1, 60)[:, None]
y = 2 * x + 1
W1, b1 = rng.randn(1, 6), rng.randn(6)
W2, b2 = rng.randn(6, 1), np.zeros(1)

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

for i in range(1500):
    h = sigmoid(x @ W1 + b1)
    o = sigmoid(h @ W2 + b2)
    d2 = (o - y) * o * (1 - o) / len(x)
    d1 = d2 @ W2.T * h * (1 - h)
    W2 -= 0.5 * h.T @ d2
    b2 -= 0.5 * d2.sum(0)
    W1 -= 0.5 * x.T @ d1
    b1 -= 0.5 * d1.sum(0)
    if i % 300 == 0:
        print(i, 0.5 * np.mean((o - y) ** 2))
print("largest output", o.max(), "largest target", y.max())
