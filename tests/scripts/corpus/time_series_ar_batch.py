import numpy as np

np.random.seed(30)
n = 300
s = np.zeros(n)
for k in range(2, n):
    s[k] = 1.6 * s[k - 1] - 0.8 * s[k - 2] + 0.3 * np.random.randn()
s = (s - s.mean()) / s.std()
lags = np.array([s[i:i + 3] for i in range(n - 3)])
future = s[3:]
split = 220
coefficients = np.zeros(3)
offset = 0.0
for epoch in range(2000):
    forecast = lags[:split] @ coefficients + offset
    residual = future[:split] - forecast
    coefficients += 0.1 * lags[:split].T @ residual / split
    offset += 0.1 * residual.mean()
    if epoch % 400 == 0:
        test = np.mean((lags[split:] @ coefficients + offset - future[split:]) ** 2)
        print("epoch", epoch, "train", np.mean(residual ** 2), "test", test)
print("coefficients", coefficients)
