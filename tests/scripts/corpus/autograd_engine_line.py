import random

class Var:
    def __init__(self, value, parents=()):
        self.value = value
        self.parents = parents      # pairs (variable, local derivative)
        self.grad = 0.0

    def __add__(self, other):
        return Var(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __sub__(self, other):
        return Var(self.value - other.value, ((self, 1.0), (other, -1.0)))

    def __mul__(self, other):
        return Var(self.value * other.value, ((self, other.value), (other, self.value)))

    def backprop(self, seed=1.0):
        self.grad += seed
        for parent, local in self.parents:
            parent.backprop(seed * local)

random.seed(4)
xs = [random.uniform(-2, 2) for _ in range(30)]
ys = [1.7 * x - 0.6 + random.gauss(0, 0.05) for x in xs]

m = Var(0.1)
c = Var(0.0)
for epoch in range(41):
    total = 0.0
    for x, y in zip(xs, ys):
        e = m * Var(x) + c - Var(y)
        loss = e * e
        m.grad = c.grad = 0.0
        loss.backprop()
        m.value -= 0.02 * m.grad
        c.value -= 0.02 * c.grad
        total += loss.value
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", total / len(xs), "m", m.value, "c", c.value)
