import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

rng = np.random.default_rng(0)
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16.0, y, test_size=0.25, random_state=0)
keep = 0.8

class DropoutNet:
    def __init__(self):
        self.W1 = rng.normal(0, np.sqrt(2 / 64), (64, 48))
        self.b1 = np.zeros(48)
        self.W2 = rng.normal(0, np.sqrt(2 / 48), (48, 10))
        self.b2 = np.zeros(10)

    def forward(self, x, training):
        self.x = x
        self.h = np.maximum(0, x @ self.W1 + self.b1)
        self.mask = (rng.random(self.h.shape) < keep) / keep if training else np.ones_like(self.h)
        self.hd = self.h * self.mask
        s = self.hd @ self.W2 + self.b2
        e = np.exp(s - s.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    def backward(self, p, y, lr):
        n = len(y)
        d = p.copy()
        d[np.arange(n), y] -= 1
        d /= n
        dh = (d @ self.W2.T) * self.mask * (self.h > 0)
        self.W2 -= lr * self.hd.T @ d
        self.b2 -= lr * d.sum(0)
        self.W1 -= lr * self.x.T @ dh
        self.b1 -= lr * dh.sum(0)

net = DropoutNet()
for epoch in range(25):
    order = rng.permutation(len(X_train))
    losses = []
    for batch in np.array_split(order, 20):
        p = net.forward(X_train[batch], training=True)
        losses.append(-np.log(p[np.arange(len(batch)), y_train[batch]]).mean())
        net.backward(p, y_train[batch], 0.3)
    if epoch % 6 == 0:
        print("epoch", epoch, "loss", np.mean(losses))
print("test accuracy", (net.forward(X_test, training=False).argmax(1) == y_test).mean())
