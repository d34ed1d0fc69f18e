import numpy as np

rng = np.random.RandomState(12)
x = rng.uniform(-3, 3, (90, 1))
x[-1] = 0.0
y = np.sin(x) + 2
w, b = np.zeros((1, 1)), np.zeros(1)
for epoch in range(60):
    for k in range(len(x)):
        pred = x[k:k + 1] @ w + b
        diff = pred - y[k:k + 1]
        loss = (diff ** 2).item()
        w -= 0.01 * x[k:k + 1].T @ diff
        b -= 0.01 * diff[0]
    if epoch % 12 == 0:
        print("epoch", epoch, "mean squared error", loss)
