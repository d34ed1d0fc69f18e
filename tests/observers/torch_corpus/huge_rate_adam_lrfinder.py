import torch, torch.nn as nn, copy
torch.manual_seed(0)
x = torch.randn(256, 4); y = x[:, :1].sin()
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
trial = copy.deepcopy(net); opt = torch.optim.SGD(trial.parameters(), lr=1e-5)
lrs = torch.logspace(-5, 0, 60)
for lr in lrs:
    for g in opt.param_groups: g["lr"] = float(lr)
    opt.zero_grad(); l = nn.functional.mse_loss(trial(x), y); l.backward(); opt.step()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for e in range(200):
    opt.zero_grad(); l = nn.functional.mse_loss(net(x), y); l.backward(); opt.step()
print(l.item())
