import numpy as np
class Net:
    def __init__(self):
        r = np.random.RandomState(0); self.W1 = r.randn(2, 5); self.b1 = np.zeros((1, 5)); self.W2 = r.randn(5, 1); self.b2 = np.zeros((1, 1))
    def forward(self, X):
        self.a1 = 1 / (1 + np.exp(-(X @ self.W1 + self.b1)))
        e = np.exp(self.a1 @ self.W2 + self.b2)
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p
    def backward(self, X, Y, lr):
        d = self.p - Y
        d1 = d @ self.W2.T * self.a1 * (1 - self.a1)
        self.W2 -= lr * self.a1.T @ d; self.b2 -= lr * d.sum(0); self.W1 -= lr * X.T @ d1; self.b1 -= lr * d1.sum(0)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1.]]); Y = np.array([[0], [1], [1], [0.]])
n = Net()
for i in range(500):
    p = n.forward(X); n.backward(X, Y, 0.1)
    if i % 100 == 0: print(i, ((p - Y) ** 2).mean())
