import numpy as np

class Net:
    def __init__(self):
        r = np.random.RandomState(3)
        self.W1, self.b1 = r.randn(1, 12), r.randn(12)
        self.W2, self.b2 = r.randn(12, 1) * 0.3, r.randn(1) + 2

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def backward(self, d):
        self.dW2, self.db2 = self.h.T @ d, d.sum(axis=0)
        dh = d @ self.W2.T * (1 - self.h ** 2)
        self.dW1, self.db1 = self.x.T @ dh, dh.sum(axis=0)

    def update(self, lr):
        self.W1 -= lr * self.dW1
        self.b1 -= lr * self.db1
        self.W2 -= lr * self.dW2

x = np.linspace(-2, 2, 50)[:, None]
y = x ** 2 / 2
net = Net()
for i in range(1000):
    out = net.forward(x)
    net.backward(2 * (out - y) / len(x))
    net.update(0.05)
    if i % 200 == 0:
        print(i, ((out - y) ** 2).mean())
