import torch
import torch.nn as nn

torch.manual_seed(33)
x = torch.randn(64, 3)
x[5] = 0.0
net = nn.Linear(3, 2, bias=False)
target = torch.rand(64)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(20):
    z = net(x)
    distance = torch.sqrt((z ** 2).sum(1))
    loss = ((distance - target) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
