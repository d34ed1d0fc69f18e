import numpy as np

rng = np.random.default_rng(5)
X = rng.normal(size=(40, 2))
y = X @ np.array([1.5, -0.7]) + 0.2
w = np.zeros(2)
b = 0.0
dw = np.zeros(2)
db = 0.0
for epoch in range(60):
    loss = 0.0
    for xi, yi in zip(X, y):
        e = xi @ w + b - yi
        loss += e ** 2
        dw = dw + 2 * e * xi
        db = db + 2 * e
    w = w - 0.05 * dw / len(X)
    b = b - 0.05 * db / len(X)
    if epoch % 12 == 0:
        print("epoch", epoch, "loss", loss / len(X))
