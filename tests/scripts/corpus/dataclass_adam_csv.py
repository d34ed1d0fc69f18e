import csv, io
from dataclasses import dataclass, fields
import numpy as np

rng = np.random.default_rng(8)
table = io.StringIO()
writer = csv.writer(table)
writer.writerow(["size", "age", "rooms", "price"])
for _ in range(150):
    size, age, rooms = rng.uniform(30, 200), rng.uniform(0, 60), rng.integers(1, 7)
    writer.writerow([f"{size:.1f}", f"{age:.1f}", rooms, f"{2.1 * size - 0.8 * age + 12 * rooms + rng.normal(0, 5):.1f}"])
table.seek(0)
rows = list(csv.DictReader(table))
X = np.array([[float(r["size"]), float(r["age"]), float(r["rooms"])] for r in rows])
y = np.array([[float(r["price"])] for r in rows])
X = (X - X.mean(axis=0)) / X.std(axis=0)
y = (y - y.mean()) / y.std()

@dataclass
class Params:
    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray

class Adam:
    def __init__(self, params, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr, self.b1, self.b2, self.eps, self.t = params, lr, beta1, beta2, eps, 0
        self.m = {f.name: np.zeros_like(getattr(params, f.name)) for f in fields(params)}
        self.v = {f.name: np.zeros_like(getattr(params, f.name)) for f in fields(params)}
    def step(self, grads):
        self.t += 1
        for name, g in grads.items():
            self.m[name] = self.b1 * self.m[name] + (1 - self.b1) * g
            self.v[name] = self.b2 * self.v[name] + (1 - self.b2) * g * g
            mhat = self.m[name] / (1 - self.b1 ** self.t)
            vhat = self.v[name] / (1 - self.b2 ** self.t)
            setattr(self.params, name, getattr(self.params, name) - self.lr * mhat / (np.sqrt(vhat) + self.eps))

p = Params(rng.normal(0, 0.5, (3, 8)), np.zeros(8), rng.normal(0, 0.5, (8, 1)), np.zeros(1))
opt = Adam(p)
for epoch in range(400):
    h = np.tanh(X @ p.w1 + p.b1)
    out = h @ p.w2 + p.b2
    err = out - y
    loss = float(np.mean(err ** 2))
    g = 2 * err / len(X)
    gh = (g @ p.w2.T) * (1 - h ** 2)
    opt.step({"w1": X.T @ gh, "b1": gh.sum(0), "w2": h.T @ g, "b2": g.sum(0)})
    if epoch % 100 == 0:
        print(f"epoch={epoch:4d} loss={loss:.5f}")
