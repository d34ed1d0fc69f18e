import numpy as np
from sklearn.datasets import load_digits

class Module:
    def parameters(self):
        return []

    def forward(self, x):
        raise NotImplementedError

    def backward(self, grad):
        raise NotImplementedError

class Linear(Module):
    def __init__(self, n_in, n_out, rng):
        self.W = rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)
        self.b = np.zeros((1, n_out))
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def parameters(self):
        return [(self.W, self.dW), (self.b, self.db)]

    def forward(self, x):
        self.x = x
        return x.dot(self.W) + self.b

    def backward(self, grad):
        self.dW[:] = self.x.T.dot(grad)
        self.db[:] = grad.sum(axis=0, keepdims=True)
        return grad.dot(self.W.T)

class ReLU(Module):
    def forward(self, x):
        self.on = x > 0
        return x * self.on

    def backward(self, grad):
        return grad * self.on

class CrossEntropy(Module):
    def forward(self, logits, labels):
        shifted = logits - logits.max(axis=1, keepdims=True)
        logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.p, self.labels = np.exp(logp), labels
        return -logp[np.arange(len(labels)), labels].mean()

    def backward(self):
        g = self.p.copy()
        g[np.arange(len(g)), self.labels] -= 1
        return g / len(g)

rng = np.random.default_rng(11)
X, y = load_digits(n_class=5, return_X_y=True)
X = X / 16
modules = [Linear(64, 24, rng), ReLU(), Linear(24, 5, rng)]
criterion = CrossEntropy()
for epoch in range(20):
    perm = rng.permutation(len(X))
    total = 0
    for chunk in np.array_split(perm, 18):
        out = X[chunk]
        for m in modules:
            out = m.forward(out)
        total += criterion.forward(out, y[chunk])
        grad = criterion.backward()
        for m in reversed(modules):
            grad = m.backward(grad)
        for m in modules:
            for p, g in m.parameters():
                p -= 0.2 * g
    if epoch % 5 == 0:
        print("epoch", epoch, "loss", total / 18)
print("final loss", total / 18)
