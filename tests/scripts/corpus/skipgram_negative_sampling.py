import numpy as np

rng = np.random.RandomState(0)
sentences = [["king", "rules", "land"], ["queen", "rules", "land"], ["dog", "eats", "bone"], ["wolf", "eats", "bone"]] * 5
vocab = sorted({w for s in sentences for w in s})
index = {w: i for i, w in enumerate(vocab)}
V, dim = len(vocab), 6
center = rng.uniform(-0.5, 0.5, (V, dim))
context = rng.uniform(-0.5, 0.5, (V, dim))
pairs = [(index[s[i]], index[s[j]]) for s in sentences for i in range(3) for j in range(3) if i != j]

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

lr = 0.1
for epoch in range(40):
    loss = 0.0
    for c, o in pairs:
        negatives = [k for k in rng.randint(0, V, 3) if k != o]
        v = center[c].copy()
        grad_v = np.zeros(dim)
        for word, label in [(o, 1.0)] + [(k, 0.0) for k in negatives]:
            u = context[word].copy()
            p = sigmoid(u @ v)
            loss -= np.log(p) if label else np.log(1 - p)
            grad_v += (p - label) * u
            context[word] -= lr * (p - label) * v
        center[c] -= lr * grad_v
    if epoch % 8 == 0:
        print("epoch", epoch, "loss", loss / len(pairs))

def similar(a, b):
    x, y = center[index[a]], center[index[b]]
    return x @ y / np.linalg.norm(x) / np.linalg.norm(y)

print("king-queen %.2f, king-dog %.2f" % (similar("king", "queen"), similar("king", "dog")))
