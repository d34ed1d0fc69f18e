import math, random
random.seed(2)
def sig(v): return 1 / (1 + math.exp(-v))
def dsig(v): return sig(v) * (1 - sig(v))
XOR = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
H = 4
w = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(H)]
v = [random.uniform(-1, 1) for _ in range(H + 1)]
for epoch in range(600):
    total = 0.0
    for (a, b), t in XOR:
        h = [sig(q[0] * a + q[1] * b + q[2]) for q in w]
        o = sig(sum(p * r for p, r in zip(v, h)) + v[H])
        total += 0.5 * (t - o) ** 2
        do = (o - t) * dsig(o)
        for j in range(H):
            dh = do * v[j] * dsig(h[j])
            v[j] -= 0.5 * do * h[j]
            w[j][0] -= 0.5 * dh * a; w[j][1] -= 0.5 * dh * b; w[j][2] -= 0.5 * dh
        v[H] -= 0.5 * do
    if epoch % 100 == 0: print(epoch, total)
