import numpy as np

rng = np.random.RandomState(0)
X = np.array([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
t = np.array([0., 1., 1., 0.])

def output(p):
    h = np.tanh(X @ p[:6].reshape(2, 3) + p[6:9])
    return 1 / (1 + np.exp(-(h @ p[9:12] + p[12])))

best = rng.normal(size=13)
error = ((output(best) - t) ** 2).mean()
for trial in range(4000):
    candidate = best + rng.normal(scale=0.2, size=13)
    e = ((output(candidate) - t) ** 2).mean()
    if e < error:
        best, error = candidate, e
    if trial % 800 == 0:
        print("trial", trial, "error", error)
print(output(best).round(2))
