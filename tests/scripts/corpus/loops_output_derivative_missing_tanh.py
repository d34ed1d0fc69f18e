import math
import random

random.seed(2)
n_hidden = 4
w_in = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(n_hidden)]
w_out = [random.uniform(-1, 1) for _ in range(n_hidden + 1)]
data = [([x / 5, y / 5], 0.8 * math.sin(x / 2) * y / 5) for x in range(-4, 5, 2) for y in range(-4, 5, 2)]

for epoch in range(120):
    err = 0.0
    for (x, y), target in data:
        inp = [x, y, 1.0]
        hid = [math.tanh(sum(w * v for w, v in zip(row, inp))) for row in w_in] + [1.0]
        out = math.tanh(sum(w * h for w, h in zip(w_out, hid)))
        err += 0.5 * (target - out) ** 2
        delta = target - out
        hidden_delta = [delta * w_out[j] * (1 - hid[j] ** 2) for j in range(n_hidden)]
        for j in range(n_hidden + 1):
            w_out[j] += 0.1 * delta * hid[j]
        for j in range(n_hidden):
            for i in range(3):
                w_in[j][i] += 0.1 * hidden_delta[j] * inp[i]
    if epoch % 30 == 0:
        print("epoch", epoch, "error", err / len(data))
