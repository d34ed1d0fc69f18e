import numpy as np

rng = np.random.RandomState(4)

def bar():
    img = rng.uniform(0, 0.2, (6, 6))
    k = rng.randint(6)
    label = rng.randint(2)
    if label:
        img[k, :] += 1
    else:
        img[:, k] += 1
    return img, label

data = [bar() for _ in range(40)]
F = rng.randn(4, 3, 3) * 0.3
v = rng.randn(4) * 0.3
c = 0.0
lr = 0.2

for epoch in range(24):
    loss, right = 0.0, 0
    for img, label in data:
        patches = np.array([img[i:i + 3, j:j + 3] for i in range(4) for j in range(4)])
        z = np.tensordot(patches, F, axes=([1, 2], [1, 2]))
        a = np.maximum(z, 0)
        pooled = a.mean(axis=0)
        p = 1 / (1 + np.exp(-(pooled @ v + c)))
        loss -= np.log(p if label else 1 - p)
        right += (p > 0.5) == label

        d = p - label
        dpool = d * v
        dz = (z > 0) * (dpool / len(patches))
        dF = np.tensordot(dz, patches, axes=([0], [0]))
        v -= lr * d * pooled
        c -= lr * d
        F -= lr * dF
    if epoch % 6 == 5:
        print("epoch", epoch + 1, "loss", loss / len(data), "right", right, "of", len(data))
