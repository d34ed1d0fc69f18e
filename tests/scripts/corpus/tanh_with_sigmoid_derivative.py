import numpy as np

rng = np.random.default_rng(7)
angles = rng.uniform(-2, 2, (70, 1))
heights = np.cos(angles)
A, a = rng.normal(0, 1, (1, 9)), rng.normal(0, 1, 9)
B, b = rng.normal(0, 0.3, (9, 1)), np.zeros(1)
lr = 0.02
for it in range(500):
    hidden = np.tanh(angles @ A + a)
    guess = hidden @ B + b
    miss = guess - heights
    if it % 100 == 0:
        print("iteration", it, "mean squared error", np.mean(miss ** 2))
    g = 2 * miss / len(miss)
    gh = (g @ B.T) * hidden * (1 - hidden)
    B = B - lr * hidden.T @ g
    b = b - lr * g.sum(0)
    A = A - lr * angles.T @ gh
    a = a - lr * gh.sum(0)
