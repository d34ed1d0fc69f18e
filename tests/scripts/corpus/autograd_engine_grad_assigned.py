import math
import random

class Scalar:
    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0
        self.backward_step = lambda: None

    def __add__(self, other):
        out = Scalar(self.data + other.data, (self, other))
        def step():
            self.grad += out.grad
            other.grad += out.grad
        out.backward_step = step
        return out

    def __mul__(self, other):
        out = Scalar(self.data * other.data, (self, other))
        def step():
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad
        out.backward_step = step
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Scalar(t, (self,))
        def step():
            self.grad += (1 - t * t) * out.grad
        out.backward_step = step
        return out

    def backward(self):
        order, seen = [], set()
        def visit(v):
            if id(v) not in seen:
                seen.add(id(v))
                for p in v.parents:
                    visit(p)
                order.append(v)
        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            v.backward_step()

random.seed(6)
w1 = [Scalar(random.uniform(-1, 1)) for _ in range(3)]
b1 = [Scalar(random.uniform(-1, 1)) for _ in range(3)]
w2 = [Scalar(random.uniform(-1, 1)) for _ in range(3)]
b2 = Scalar(0.0)
params = w1 + b1 + w2 + [b2]
data = [(k / 5, math.sin(k / 5)) for k in range(-7, 8)]
for epoch in range(40):
    loss = Scalar(0.0)
    for x, t in data:
        out = b2
        for w, b, v in zip(w1, b1, w2):
            out = out + (Scalar(x) * w + b).tanh() * v
        diff = out + Scalar(-t)
        loss = loss + diff * diff
    for p in params:
        p.grad = 0.0
    loss.backward()
    for p in params:
        p.data -= 0.01 * p.grad
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", loss.data / len(data))
