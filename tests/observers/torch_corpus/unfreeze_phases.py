import torch, torch.nn as nn
torch.manual_seed(0)
x = torch.randn(300, 5); y = (x.sum(1) > 0).long()
body = nn.Sequential(nn.Linear(5, 32), nn.ReLU()); head = nn.Linear(32, 2)
net = nn.Sequential(body, head)
for p in body.parameters(): p.requires_grad_(False)
opt = torch.optim.Adam(head.parameters(), lr=0.01)
for e in range(10):
    for i in torch.randperm(300).split(30):
        l = nn.functional.cross_entropy(net(x[i]), y[i]); opt.zero_grad(); l.backward(); opt.step()
for p in body.parameters(): p.requires_grad_(True)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for e in range(10):
    for i in torch.randperm(300).split(30):
        l = nn.functional.cross_entropy(net(x[i]), y[i]); opt.zero_grad(); l.backward(); opt.step()
print(l.item())
