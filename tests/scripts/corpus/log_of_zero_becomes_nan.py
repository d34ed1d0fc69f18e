import numpy as np

rng = np.random.RandomState(7)
income = rng.uniform(10000, 90000, 40)
debt = rng.uniform(0, 40000, 40)
X = np.column_stack([income, debt])
y = (income > 2 * debt).astype(float)
w, b = np.zeros(2), 0.0
for i in range(100):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    w -= 0.01 * X.T @ (p - y) / len(y)
    b -= 0.01 * np.mean(p - y)
    if i % 20 == 0:
        print("step", i, "loss", loss, "accuracy", np.mean((p > .5) == y))
