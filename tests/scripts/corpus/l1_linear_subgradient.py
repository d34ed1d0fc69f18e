import numpy as np

rng = np.random.default_rng(12)
X = rng.normal(size=(120, 6))
true = np.array([2.0, 0.0, -1.5, 0.0, 0.7, 0.0])
y = X @ true + 0.05 * rng.normal(size=120)
coef = rng.normal(size=6) * 0.1
lam, eta = 0.02, 0.05

for k in range(301):
    residual = X @ coef - y
    objective = 0.5 * np.mean(residual ** 2) + lam * np.abs(coef).sum()
    coef = coef - eta * (X.T @ residual / len(y) + lam * np.sign(coef))
    if k % 60 == 0:
        print(k, "objective", round(objective, 5))
print("coefficients", coef.round(3))
