points = [(i / 10.0, 0.7 * (i / 10.0) ** 2 - 0.4 * (i / 10.0) + 0.2) for i in range(-10, 11)]
a, b, c = 0.1, 0.1, 0.0
va = vb = vc = 0.0

for epoch in range(300):
    ga = gb = gc = loss = 0.0
    for x, y in points:
        error = a * x * x + b * x + c - y
        loss += error * error / len(points)
        ga += 2 * error * x * x / len(points)
        gb += 2 * error * x / len(points)
        gc += 2 * error / len(points)
    va = 0.9 * va - 0.05 * ga
    vb = 0.9 * vb - 0.05 * gb
    vc = 0.9 * vc - 0.05 * gc
    a += va
    b += vb
    c += vc
    if epoch % 50 == 0:
        print(epoch, loss)
print(a, b, c)
