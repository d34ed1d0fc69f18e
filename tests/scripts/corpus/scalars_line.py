# fit y = w * x + b by gradient descent
xs = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
ys = [1.02, 1.97, 3.01, 4.05, 4.96, 6.0, 7.03]

w, b = 0.5, 0.0
lr = 0.05
n = len(xs)

for step in range(400):
    dw = 0
    db = 0
    loss = 0
    for x, y in zip(xs, ys):
        pred = w * x + b
        loss += (pred - y) ** 2
        dw += 2 * (pred - y) * x
        db += 2 * (pred - y)
    w -= lr * dw / n
    b -= lr * db / n
    if step % 80 == 0:
        print(step, loss / n, w, b)

print("w =", w, "b =", b)
