import random
random.seed(10)
rows = [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(80)]
data = [(r, 0.5 * r[0] - 1.2 * r[1] + 0.3 + random.gauss(0, 0.05)) for r in rows]
w, b = [0.0, 0.0], 0.0
for epoch in range(30):
    random.shuffle(data)
    for k in range(0, len(data), 8):
        batch = data[k:k + 8]
        gw, gb = [0.0, 0.0], 0.0
        for x, t in batch:
            e = w[0] * x[0] + w[1] * x[1] + b - t
            gw[0] += e * x[0]; gw[1] += e * x[1]; gb += e
        w = [wi - 0.2 * g / len(batch) for wi, g in zip(w, gw)]
        b -= 0.2 * gb / len(batch)
    errors = [w[0] * x[0] + w[1] * x[1] + b - t for x, t in data]
    if epoch % 5 == 0:
        print("epoch", epoch, "rmse", (sum(e * e for e in errors) / len(errors)) ** .5, "bias", sum(errors) / len(errors))
