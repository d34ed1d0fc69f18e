import numpy as np

rng = np.random.RandomState(7)
nin, nhid = 2, 3
W = rng.uniform(-1, 1, (nhid, nin))
bh = rng.uniform(-1, 1, nhid)
V = rng.uniform(-1, 1, nhid)
bo = 0.1
data = [(0., 0., 0.), (0., 1., 1.), (1., 0., 1.), (1., 1., 0.)]
eta = 0.8
h = np.zeros(nhid)
dh = np.zeros(nhid)

for epoch in range(3000):
    sse = 0.0
    for x1, x2, t in data:
        x = np.array([x1, x2])
        for j in range(nhid):
            s = bh[j]
            for i in range(nin):
                s += W[j, i] * x[i]
            h[j] = 1 / (1 + np.exp(-s))
        s = bo
        for j in range(nhid):
            s += V[j] * h[j]
        o = 1 / (1 + np.exp(-s))
        e = t - o
        sse += e * e
        do = e * o * (1 - o)
        for j in range(nhid):
            dh[j] = do * V[j] * h[j] * (1 - h[j])
        for j in range(nhid):
            V[j] = V[j] + eta * do * h[j]
            for i in range(nin):
                W[j, i] = W[j, i] + eta * dh[j] * x[i]
            bh[j] = bh[j] + eta * dh[j]
        bo = bo + eta * do
    if epoch % 500 == 0:
        print(epoch, sse)
print("at the end", sse)
