import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(28)
x = torch.randn(200, 4)
y = x.prod(1, keepdim=True).tanh()
a = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())
b = nn.Linear(32, 1)
opt = torch.optim.Adam([*a.parameters(), *b.parameters()], lr=0.01)
for step in range(300):
    opt.zero_grad()
    h = checkpoint(a, x, use_reentrant=False)
    loss = ((b(h) - y) ** 2).mean()
    loss.backward()
    opt.step()
print(loss.item())
