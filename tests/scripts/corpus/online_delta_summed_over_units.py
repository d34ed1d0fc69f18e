import numpy as np

np.random.seed(2)
xs = np.random.uniform(-3, 3, 100)
ts = np.cos(xs)

class Approximator:
    def __init__(self, units=8):
        self.w = np.random.uniform(-1, 1, units)
        self.b = np.random.uniform(-3, 3, units)
        self.v = np.random.uniform(-1, 1, units)
        self.c = 0.0

    def step(self, x, t, eta):
        h = np.tanh(self.w * x + self.b)
        y = self.v.dot(h) + self.c
        e = y - t
        slope = 1 - h ** 2
        hidden = e * np.dot(slope, self.v)
        self.v -= eta * e * h
        self.c -= eta * e
        self.w -= eta * hidden * x
        self.b -= eta * hidden
        return 0.5 * e * e

net = Approximator()
for epoch in range(40):
    errors = [net.step(x, t, 0.02) for x, t in zip(xs, ts)]
    if epoch % 8 == 0:
        print("epoch", epoch, "mean error", np.mean(errors))
