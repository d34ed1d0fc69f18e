import torch, torch.nn as nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
for p in net.parameters(): p.requires_grad = False
opt = torch.optim.SGD(net.parameters(), 0.1)
x = torch.randn(30, 3)
for _ in range(5):
    l = net(x).pow(2).mean(); l.backward(); opt.step()
