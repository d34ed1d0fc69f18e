import torch
import torch.nn as nn
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

torch.manual_seed(32)
labels = torch.arange(4).repeat_interleave(60)
angles = labels * 1.57 + 0.4 * torch.randn(240)
x = torch.stack([angles.cos(), angles.sin()], 1)
ds = TensorDataset(x, labels)
loader = DataLoader(ds, batch_size=16, sampler=RandomSampler(ds))
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.2)
for epoch in range(15):
    for xb, yb in loader:
        opt.zero_grad()
        nn.functional.cross_entropy(net(xb), yb).backward()
        opt.step()
print((net(x).argmax(1) == labels).float().mean().item())
