"""Principal components learnt by Oja's rule, and a linear readout learnt by the delta rule on top of them, online."""
import numpy as np

rng = np.random.default_rng(1)
mixing = np.array([[2.0, 0.3, 0.0], [0.1, 1.5, 0.2], [0.0, 0.1, 0.4]])
data = rng.normal(size=(400, 3)) @ mixing
answer = 0.7 * data[:, 0] - 0.5 * data[:, 1]

W1 = rng.normal(scale=0.3, size=(2, 3))
W2 = np.zeros(2)
for epoch in range(12):
    total = 0.0
    for k in rng.permutation(len(data)):
        x, t = data[k], answer[k]
        h = W1 @ x
        y = W2 @ h
        W2 += 0.02 * (t - y) * h
        W1 += 0.003 * (np.outer(h, x) - np.tril(np.outer(h, h)) @ W1)
        total += (t - y) ** 2
    print(epoch, total / len(data) / answer.var())
