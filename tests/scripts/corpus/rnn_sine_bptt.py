import numpy as np

np.random.seed(10)
hidden, T = 12, 20
Wxh = np.random.randn(hidden, 1) * 0.3
Whh = np.random.randn(hidden, hidden) * 0.2
Why = np.random.randn(1, hidden) * 0.3
bh = np.zeros((hidden, 1))
by = np.zeros((1, 1))
series = np.sin(np.arange(0, 60, 0.3))
rate = 0.01

def sequence(start):
    window = series[start:start + T + 1]
    return window[:-1], window[1:]

for it in range(801):
    xs, ts = sequence(np.random.randint(0, len(series) - T - 1))
    hs = {-1: np.zeros((hidden, 1))}
    ys = {}
    loss = 0
    for t in range(T):
        hs[t] = np.tanh(Wxh * xs[t] + Whh @ hs[t - 1] + bh)
        ys[t] = Why @ hs[t] + by
        loss += 0.5 * ((ys[t] - ts[t]) ** 2).item()

    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros((hidden, 1))
    for t in reversed(range(T)):
        dy = ys[t] - ts[t]
        dWhy += dy @ hs[t].T
        dby += dy
        dh = Why.T @ dy + dhnext
        draw = (1 - hs[t] ** 2) * dh
        dbh += draw
        dWxh += draw * xs[t]
        dWhh += draw @ hs[t - 1].T
        dhnext = Whh.T @ draw

    Wxh -= rate * dWxh
    Whh -= rate * dWhh
    Why -= rate * dWhy
    bh -= rate * dbh
    by -= rate * dby
    if it % 200 == 0:
        print("iteration", it, "loss per step", loss / T)
