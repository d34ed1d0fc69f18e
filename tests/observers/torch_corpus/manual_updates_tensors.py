import torch

torch.manual_seed(2)
x = torch.randn(128, 3)
w_true = torch.tensor([[1.5], [-2.0], [0.5]])
y = x @ w_true + 0.3
w = torch.zeros(3, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for step in range(300):
    pred = x @ w + b
    loss = ((pred - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
        w.grad.zero_()
        b.grad.zero_()
print(w.flatten().tolist(), b.item(), loss.item())
