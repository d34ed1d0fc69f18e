import math
import random

random.seed(7)

data = [(i / 10.0, math.sin(i / 10.0)) for i in range(-30, 31)]
H = 6
w = [random.uniform(-1, 1) for _ in range(H)]
b = [12.0 for _ in range(H)]   # "so that every unit is switched on"
v = [random.uniform(-1, 1) for _ in range(H)]
c = 0.0
rate = 0.02

for epoch in range(40):
    total = 0.0
    random.shuffle(data)
    for x, t in data:
        h = [math.tanh(w[j] * x + b[j]) for j in range(H)]
        y = c
        for j in range(H):
            y += v[j] * h[j]
        e = y - t
        total += e * e
        for j in range(H):
            dh = e * v[j] * (1 - h[j] ** 2)
            v[j] -= rate * e * h[j]
            w[j] -= rate * dh * x
            b[j] -= rate * dh
        c -= rate * e
    if epoch % 5 == 0:
        print("epoch", epoch, "mse", total / len(data))
