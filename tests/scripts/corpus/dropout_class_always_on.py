import numpy as np
from sklearn.datasets import make_moons
class Dropout:
    def __init__(self, p, rng): self.p, self.rng = p, rng
    def forward(self, x):
        self.mask = self.rng.binomial(1, 1 - self.p, x.shape) / (1 - self.p)
        return x * self.mask
    def backward(self, g): return g * self.mask
class Dense:
    def __init__(self, i, o, rng): self.W = rng.normal(0, i ** -.5, (i, o)); self.b = np.zeros(o)
    def forward(self, x): self.x = x; return x @ self.W + self.b
    def backward(self, g):
        gx = g @ self.W.T; self.W -= .5 * self.x.T @ g; self.b -= .5 * g.sum(0); return gx
rng = np.random.default_rng(0)
X, y = make_moons(200, noise=.1, random_state=1); y = y[:, None]
l1, d, l2 = Dense(2, 30, rng), Dropout(.3, rng), Dense(30, 1, rng)
def forward(X):
    global h
    h = np.tanh(l1.forward(X)); return 1 / (1 + np.exp(-l2.forward(d.forward(h))))
for i in range(500):
    p = forward(X); g = d.backward(l2.backward((p - y) / 200)); l1.backward(g * (1 - h * h))
    if i % 100 == 0: print(i, np.mean((p - y) ** 2))
print('accuracy', np.mean((forward(X) > .5) == y))
