import torch, torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
d = load_digits()
ds = TensorDataset(torch.tensor(d.data, dtype=torch.float32), torch.tensor(d.target))
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(10):
    total = 0
    for xb, yb in DataLoader(ds, 64, shuffle=True):
        opt.zero_grad(); l = nn.functional.cross_entropy(net(xb), yb); l.backward(); opt.step(); total += l.item()
    print(epoch, total)
