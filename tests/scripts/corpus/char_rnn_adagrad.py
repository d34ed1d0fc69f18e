import numpy as np

data = "hello world "
chars = sorted(set(data))
ix = {c: i for i, c in enumerate(chars)}
V, H = len(chars), 24
rng = np.random.RandomState(0)
Wxh = rng.randn(H, V) * 0.1
Whh = rng.randn(H, H) * 0.1
Why = rng.randn(V, H) * 0.1
bh, by = np.zeros((H, 1)), np.zeros((V, 1))

def loss_fun(inputs, targets, hprev):
    xs, hs, ps = {}, {-1: np.copy(hprev)}, {}
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((V, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        y = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(Whh.T, dhraw)
    for dparam in [dWxh, dWhh, dWhy, dbh, dby]:
        np.clip(dparam, -5, 5, out=dparam)
    return loss, dWxh, dWhh, dWhy, dbh, dby

mem = [np.zeros_like(p) for p in (Wxh, Whh, Why, bh, by)]
inputs = [ix[c] for c in data[:-1]]
targets = [ix[c] for c in data[1:]]
for n in range(301):
    loss, *grads = loss_fun(inputs, targets, np.zeros((H, 1)))
    for param, dparam, m in zip([Wxh, Whh, Why, bh, by], grads, mem):
        m += dparam * dparam
        param += -0.1 * dparam / np.sqrt(m + 1e-8)
    if n % 60 == 0:
        print('iter %d, loss: %f' % (n, loss))
