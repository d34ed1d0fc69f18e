import numpy as np
rng = np.random.default_rng(5)
x = rng.uniform(0, 2, 60)
y = 1.3 * x - 0.6
th = np.array([1, 0])
for it in range(200):
    h = th[0] * x + th[1]
    err = h - y
    th[0] -= 0.1 * np.mean(err * x)
    th[1] -= 0.1 * np.mean(err)
    if it % 40 == 0:
        print("iter", it, "cost", np.mean(err ** 2) / 2, "theta", th)
