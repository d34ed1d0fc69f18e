xs = [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5]
ys = [-0.9, 0.1, 1.0, 2.1, 2.9, 4.0]
w, b = 0.3, 0.2
alpha = 0.02

for epoch in range(60):
    grad_w = grad_b = total = 0.0
    for x, y in zip(xs, ys):
        diff = (w * x + b) - y
        total += diff ** 2
        grad_w += 2 * diff * x
        grad_b += 2 * diff
    w = w + alpha * grad_w / len(xs)
    b = b + alpha * grad_b / len(xs)
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", total / len(xs), "w", w, "b", b)
