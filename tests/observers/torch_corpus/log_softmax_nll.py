import torch
import torch.nn.functional as F

torch.manual_seed(17)
x = torch.randn(300, 3)
y = (x @ torch.tensor([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0], [1.0, 0.0, -1.0]])).argmax(1)
w = torch.zeros(3, 3, requires_grad=True)
b = torch.zeros(3, requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.5)
for i in range(300):
    opt.zero_grad()
    F.nll_loss(F.log_softmax(x @ w + b, dim=1), y).backward()
    opt.step()
print(((x @ w + b).argmax(1) == y).float().mean().item())
