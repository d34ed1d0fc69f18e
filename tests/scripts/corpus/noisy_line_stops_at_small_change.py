import numpy as np
rng = np.random.default_rng(31)
x = rng.uniform(0, 1, 120); y = 2 * x + 1 + rng.normal(0, 1.0, 120)
a = b = 0.0; previous = float("inf")
for it in range(100000):
    r = a * x + b - y
    cost = (r ** 2).mean()
    if previous - cost < 1e-7:
        print("converged after", it, "iterations, cost", cost); break
    previous = cost
    a -= 0.3 * 2 * (r * x).mean(); b -= 0.3 * 2 * r.mean()
print(a, b)
