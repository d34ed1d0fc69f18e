import torch
import torch.nn as nn

torch.manual_seed(4)
n = 240
labels = torch.arange(n) % 2
images = torch.zeros(n, 1, 12, 12)
for i in range(n):
    offset = int(torch.randint(0, 4, (1,)))
    if labels[i] == 0:
        images[i, 0, offset::4, :] = 1.0
    else:
        images[i, 0, :, offset::4] = 1.0
images += 0.3 * torch.randn_like(images)


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        )
        self.classifier = nn.Linear(16, 2)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


model = ConvNet()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(8):
    order = torch.randperm(n)
    model.train()
    for start in range(0, n, 24):
        rows = order[start:start + 24]
        loss = loss_fn(model(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
model.eval()
with torch.inference_mode():
    print("accuracy", (model(images).argmax(1) == labels).float().mean().item())
