import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
centers = torch.tensor([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
labels = torch.randint(0, 3, (600,))
data = centers[labels] + 0.6 * torch.randn(600, 2)
train, test = random_split(TensorDataset(data, labels), [480, 120])


class Classifier(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.hidden = nn.Linear(2, hidden)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(hidden, 3)

    def forward(self, x):
        return self.out(self.drop(F.relu(self.hidden(x))))


net = Classifier()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(12):
    net.train()
    for xb, yb in DataLoader(train, batch_size=32, shuffle=True):
        opt.zero_grad()
        loss = F.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        hits = sum((net(xb).argmax(1) == yb).sum().item() for xb, yb in DataLoader(test, batch_size=60))
    print(f"epoch {epoch} accuracy {hits / len(test):.3f}")
