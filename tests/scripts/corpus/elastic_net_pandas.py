import numpy as np
import pandas as pd

rng = np.random.default_rng(40)
frame = pd.DataFrame({"age": rng.uniform(0, 30, 90), "area": rng.uniform(40, 160, 90), "floor": rng.integers(0, 8, 90)})
frame["price"] = 3.0 * frame["area"] - 1.5 * frame["age"] + 50 + rng.normal(0, 8, 90)
features = ["age", "area", "floor"]
scaled = (frame - frame.mean()) / frame.std()
X = scaled[features].to_numpy()
y = scaled["price"].to_numpy()
w = np.zeros(len(features))
b = 0.0
l1, l2, lr = 0.001, 0.01, 0.1
for epoch in range(200):
    error = X @ w + b - y
    loss = np.mean(error ** 2) + l1 * np.abs(w).sum() + l2 * (w ** 2).sum()
    w = w - lr * (2 * X.T @ error / len(y) + l1 * np.sign(w) + 2 * l2 * w)
    b = b - lr * 2 * error.mean()
    if epoch % 50 == 0:
        print("epoch", epoch, "loss", round(float(loss), 5))
print(dict(zip(features, w.round(3))), "rmse in units of the price", np.sqrt(np.mean(error ** 2)) * frame["price"].std())
