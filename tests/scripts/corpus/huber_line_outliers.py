import numpy as np

np.random.seed(4)
x = np.random.uniform(-2, 2, 80)
y = 1.5 * x + 0.5 + 0.1 * np.random.randn(80)
y[::16] += 6
delta = 0.5
slope, intercept = 0.0, 0.0

def huber(r):
    return np.where(np.abs(r) <= delta, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta))

def huber_prime(r):
    return np.where(np.abs(r) <= delta, r, delta * np.sign(r))

for i in range(500):
    r = slope * x + intercept - y
    g = huber_prime(r)
    slope -= 0.3 * np.mean(g * x)
    intercept -= 0.3 * np.mean(g)
    if i % 100 == 0:
        print("step", i, "loss", np.mean(huber(r)))
print("slope %.3f intercept %.3f" % (slope, intercept))
