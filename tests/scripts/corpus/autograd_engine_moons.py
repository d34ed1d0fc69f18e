import random
import math
from sklearn.datasets import make_moons

random.seed(1)

class Value:
    def __init__(self, data, children=()):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = children

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,))
        def _backward():
            self.grad += (1 - t * t) * out.grad
        out._backward = _backward
        return out

    __radd__ = __add__
    __rmul__ = __mul__
    def __neg__(self): return self * -1
    def __sub__(self, other): return self + (-other)

    def backward(self):
        topo, visited = [], set()
        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)
        build(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()

class Neuron:
    def __init__(self, nin, act=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.act = act

    def __call__(self, x):
        s = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return s.tanh() if self.act else s

    def parameters(self):
        return self.w + [self.b]

hidden = [Neuron(2) for _ in range(5)]
last = Neuron(5)
params = [p for n in hidden + [last] for p in n.parameters()]
X, y = make_moons(16, noise=0.05, random_state=2)
X = (X - X.mean(0)).tolist()
targets = [1.0 if t else -1.0 for t in y]

for k in range(80):
    loss = Value(0.0)
    correct = 0
    for x, t in zip(X, targets):
        out = last([h(x) for h in hidden])
        d = out - t
        loss = loss + d * d
        correct += (out.data > 0) == (t > 0)
    for p in params:
        p.grad = 0.0
    loss.backward()
    for p in params:
        p.data -= 0.04 * p.grad
    if k % 20 == 0:
        print(k, "loss", round(loss.data / len(X), 4), "accuracy", correct / len(X))
print("final", loss.data / len(X), correct / len(X))
