import numpy as np

rng = np.random.default_rng(12)
signals = rng.normal(size=(12, 14))
true = np.array([0.5, 1.0, -0.5])
kernel = rng.normal(size=3) * 0.2
bias = 0.0

def conv(s, k):
    return np.array([sum(s[i + j] * k[j] for j in range(3)) for i in range(10)])

for epoch in range(12):
    total = 0.0
    for s in signals:
        out = conv(s, kernel) + bias
        diff = out - (conv(s, true) + 0.3)
        total += np.mean(diff ** 2)
        grad = np.zeros(3)
        for j in range(3):
            for i in range(10):
                grad[j] += 2 * diff[i] * s[i + j + 1] / 10
        kernel -= 0.05 * grad
        bias -= 0.05 * 2 * diff.mean()
    if epoch % 3 == 0:
        print("epoch", epoch, "mse", total / len(signals))
