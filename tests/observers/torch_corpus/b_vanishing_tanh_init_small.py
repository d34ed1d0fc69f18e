import torch, torch.nn as nn
torch.manual_seed(0)
x = torch.randn(200, 4); y = x.prod(1, keepdim=True).tanh() + x[:, :1]
net = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
for m in net:
    if isinstance(m, nn.Linear): nn.init.normal_(m.weight, std=1e-3); nn.init.zeros_(m.bias)
o = torch.optim.SGD(net.parameters(), 0.05)
for e in range(20):
    for i in torch.randperm(200).split(20):
        l = nn.functional.mse_loss(net(x[i]), y[i]); o.zero_grad(); l.backward(); o.step()
