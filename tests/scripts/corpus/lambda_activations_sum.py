import numpy as np

ACT = {
    'tanh': (lambda z: np.tanh(z), lambda z: 1 - np.tanh(z) ** 2),
    'softplus': (lambda z: np.log1p(np.exp(z)), lambda z: 1 / (1 + np.exp(-z))),
    'id': (lambda z: z, lambda z: np.ones_like(z)),
}
rng = np.random.RandomState(77)
shape = [(2, 10, 'softplus'), (10, 6, 'tanh'), (6, 1, 'id')]
net = [[rng.randn(i, o) / np.sqrt(i), np.zeros(o), *ACT[name]] for i, o, name in shape]
X = rng.uniform(-1, 1, (150, 2))
T = (X ** 2).sum(axis=1, keepdims=True)

for step in range(3001):
    signals, sums = [X], []
    for W, b, f, df in net:
        sums.append(signals[-1].dot(W) + b)
        signals.append(f(sums[-1]))
    E = 0.5 * np.mean((signals[-1] - T) ** 2)
    delta = (signals[-1] - T) / len(X)
    updates = []
    for k in range(len(net) - 1, -1, -1):
        W, b, f, df = net[k]
        delta = delta * df(sums[k])
        updates.append((k, signals[k].T.dot(delta), delta.sum(axis=0)))
        delta = delta.dot(W.T)
    for k, gW, gb in updates:
        net[k][0] = net[k][0] - 0.3 * gW
        net[k][1] = net[k][1] - 0.3 * gb
    if step % 600 == 0:
        print(step, E)
