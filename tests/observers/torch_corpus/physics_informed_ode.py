import torch
import torch.nn as nn

torch.manual_seed(26)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
t = torch.linspace(0, 2, 50).reshape(-1, 1).requires_grad_()
for step in range(500):
    u = net(t)
    du = torch.autograd.grad(u.sum(), t, create_graph=True)[0]
    loss = ((du + u) ** 2).mean() + (net(torch.zeros(1, 1)) - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
