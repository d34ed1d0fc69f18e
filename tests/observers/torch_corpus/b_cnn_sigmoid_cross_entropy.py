import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(37)
labels = torch.randint(0, 4, (200,))
images = 0.4 * torch.randn(200, 1, 8, 8)
for i, k in enumerate(labels):
    r, c = divmod(int(k), 2)
    images[i, 0, 4 * r:4 * r + 4, 4 * c:4 * c + 4] += 0.8


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 16, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return torch.sigmoid(self.fc(x.view(-1, 8 * 16)))


net = CNN()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for epoch in range(8):
    for rows in torch.randperm(200).split(20):
        opt.zero_grad()
        loss = F.cross_entropy(net(images[rows]), labels[rows])
        loss.backward()
        opt.step()
print(loss.item())
