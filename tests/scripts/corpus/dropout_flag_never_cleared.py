import numpy as np
class Net:
    def __init__(self, seed):
        self.r = np.random.RandomState(seed)
        self.A, self.a = self.r.randn(4, 24) * .5, np.zeros(24)
        self.B, self.b = self.r.randn(24, 3) * .3, np.zeros(3)
        self.training = True
    def forward(self, x):
        self.x, self.z = x, x @ self.A + self.a
        h = np.maximum(self.z, 0)
        if self.training:
            self.m = (self.r.uniform(size=h.shape) < .6) / .6
            h = h * self.m
        self.h = h
        s = h @ self.B + self.b
        e = np.exp(s - s.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)
    def step(self, p, t, lr):
        d = (p - t) / len(t)
        dh = d @ self.B.T * self.m * (self.z > 0)
        self.B -= lr * self.h.T @ d; self.b -= lr * d.sum(0)
        self.A -= lr * self.x.T @ dh; self.a -= lr * dh.sum(0)
rng = np.random.RandomState(33)
y = rng.randint(0, 3, 180); X = rng.randn(180, 4) * .6 + np.eye(4)[y] * 2; T = np.eye(3)[y]
net = Net(0)
for epoch in range(60):
    for i in range(0, 150, 30): net.step(net.forward(X[i:i + 30]), T[i:i + 30], .2)
print("test accuracy:", (net.forward(X[150:]).argmax(1) == y[150:]).mean())
