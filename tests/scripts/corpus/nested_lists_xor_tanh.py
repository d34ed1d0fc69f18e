import math
import random

random.seed(11)
N_IN, N_HID = 2, 4
wi = [[random.uniform(-1, 1) for h in range(N_HID)] for i in range(N_IN + 1)]
wo = [random.uniform(-1, 1) for h in range(N_HID + 1)]
patterns = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]

def run(inputs):
    xs = list(inputs) + [1.0]
    hs = []
    for h in range(N_HID):
        s = 0.0
        for i in range(N_IN + 1):
            s += xs[i] * wi[i][h]
        hs.append(math.tanh(s))
    hs.append(1.0)
    s = 0.0
    for h in range(N_HID + 1):
        s += hs[h] * wo[h]
    return xs, hs, math.tanh(s)

rate = 0.2
for it in range(1500):
    error = 0.0
    for inputs, target in patterns:
        xs, hs, out = run(inputs)
        error += 0.5 * (target - out) ** 2
        d_out = (target - out) * (1 - out ** 2)
        d_hid = [0.0] * N_HID
        for h in range(N_HID):
            d_hid[h] = d_out * wo[h] * (1 - hs[h] ** 2)
        for h in range(N_HID + 1):
            wo[h] += rate * d_out * hs[h]
        for h in range(N_HID):
            for i in range(N_IN + 1):
                wi[i][h] += rate * d_hid[h] * xs[i]
    if it % 300 == 0:
        print('error %-.5f' % error)
for inputs, target in patterns:
    print(inputs, '->', round(run(inputs)[2], 3), 'wanted', target)
