xs = [-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0]
ys = [3 * x + 10 for x in xs]
w = 0.5
for epoch in range(200):
    g = 0.0
    cost = 0.0
    for x, y in zip(xs, ys):
        out = w * x
        cost += 0.5 * (out - y) ** 2
        g += (out - y) * x
    w -= 0.05 * g / len(xs)
    if epoch % 40 == 0:
        print("epoch", epoch, "cost", cost / len(xs), "w", w)
