import math
import numpy as np

np.random.seed(2)
logistic = np.vectorize(lambda v: 1.0 / (1.0 + math.exp(-v)))

class Net:
    def __init__(self, n_in, n_hidden):
        self.w_hidden = np.random.uniform(-0.5, 0.5, (n_in + 1, n_hidden))
        self.w_out = np.random.uniform(-0.5, 0.5, n_hidden + 1)

    def think(self, x):
        self.x = np.append(x, 1.0)
        self.h = np.append(logistic(self.x.dot(self.w_hidden)), 1.0)
        return float(logistic(self.h.dot(self.w_out)))

    def learn(self, x, target, rate):
        out = self.think(x)
        delta = (target - out) * out * (1 - out)
        hidden = delta * self.w_out[:-1] * self.h[:-1] * (1 - self.h[:-1])
        self.w_out += rate * delta * self.h
        self.w_hidden += rate * np.outer(self.x, hidden)
        return (target - out) ** 2 / 2

cases = [np.array([a, b, c], dtype=float) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
net = Net(3, 3)
for epoch in range(1001):
    err = 0
    for case in cases:
        err += net.learn(case, float(case.sum() >= 2), 1.0)
    if epoch % 200 == 0:
        print("epoch", epoch, "error", err / len(cases))
print([round(net.think(c), 2) for c in cases])
