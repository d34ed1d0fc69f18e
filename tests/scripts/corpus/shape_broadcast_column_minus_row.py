import numpy as np

rng = np.random.RandomState(0)
x = rng.uniform(-1, 1, 40)
y = (3 * x + 0.5).reshape(-1, 1)
w, b = 0.0, 0.0
for epoch in range(200):
    y_hat = w * x + b
    error = y_hat - y
    loss = np.mean(error ** 2)
    w -= 0.1 * 2 * np.mean(error * x)
    b -= 0.1 * 2 * np.mean(error)
    if epoch % 40 == 0:
        print("epoch", epoch, "loss", loss, "w", w, "b", b)
