import numpy as np

rng = np.random.RandomState(0)
x = rng.uniform(0, 10, 50)
y = 2.5 * x + 1 + rng.randn(50)
A = np.column_stack([x, np.ones_like(x)])
w, b = np.linalg.solve(A.T @ A, A.T @ y)
residual = A @ np.array([w, b]) - y
print("slope", w, "intercept", b, "mse", np.mean(residual ** 2))
