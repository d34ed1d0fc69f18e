import torch

torch.manual_seed(12)
x = torch.randn(100, 2)
y = x.sum(1) ** 2
w1 = torch.randn(2, 20).mul(0.5).requires_grad_()
b1 = torch.zeros(20, requires_grad=True)
w2 = torch.randn(20, 1).mul(0.3).requires_grad_()
opt = torch.optim.SGD([w1, b1, w2], lr=0.02)
for i in range(300):
    pred = torch.tanh(x @ w1 + b1) @ w2
    loss = ((pred - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
