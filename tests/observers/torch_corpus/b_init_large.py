import torch, torch.nn as nn
torch.manual_seed(0)
x = torch.randn(200, 6); y = (x[:, :1] + x[:, 1:2]).sin()
net = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
for m in net:
    if isinstance(m, nn.Linear): nn.init.normal_(m.weight, std=5.0)
o = torch.optim.SGD(net.parameters(), 0.005)
for e in range(30):
    for i in torch.randperm(200).split(20):
        l = nn.functional.mse_loss(net(x[i]), y[i]); o.zero_grad(); l.backward(); o.step()
