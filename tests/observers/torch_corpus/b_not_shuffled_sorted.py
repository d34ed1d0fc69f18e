import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(29)
labels = torch.arange(4).repeat_interleave(200)
x = torch.randn(800, 4) * 0.5 + 1.2 * torch.eye(4)[labels]
loader = DataLoader(TensorDataset(x, labels), batch_size=8, shuffle=False)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
for epoch in range(3):
    for xb, yb in loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
print((net(x).argmax(1) == labels).float().mean().item())
