import numpy as np

np.random.seed(14)
x = np.linspace(-1, 1, 60)
y = 1 - 2 * x + 3 * x ** 2 + 0.5 * x ** 3 + 0.05 * np.random.randn(60)
A = np.vander(x, 4, increasing=True)
c = np.zeros(4)

for i in range(5000):
    y_hat = A @ c
    loss = np.mean((y_hat - y) ** 2)
    grad = 2 / len(x) * A.T @ (y_hat - y)
    c = c - 0.2 * grad
    if i % 1000 == 0:
        print(f"step {i:5d} loss {loss:.6f}")
print("coefficients", np.round(c, 3))
