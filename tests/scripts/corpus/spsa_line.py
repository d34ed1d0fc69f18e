import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 4))
y = X @ np.array([1.0, -2.0, 0.5, 0.3])
w = np.zeros(4)

def loss(w):
    return np.mean((X @ w - y) ** 2)

for k in range(400):
    delta = rng.choice([-1.0, 1.0], size=4)
    c, a = 0.1 / (k + 1) ** 0.1, 0.5 / (k + 20) ** 0.6
    slope = (loss(w + c * delta) - loss(w - c * delta)) / (2 * c)
    w = w - a * slope * delta
    if k % 50 == 0:
        print(k, loss(w))
