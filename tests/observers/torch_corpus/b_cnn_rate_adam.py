import torch, torch.nn as nn
torch.manual_seed(0)
labels = torch.randint(0, 4, (256,))
images = 0.3 * torch.randn(256, 1, 8, 8)
for i, k in enumerate(labels):
    r, c = divmod(int(k), 2)
    images[i, 0, 4 * r:4 * r + 4, 4 * c:4 * c + 4] += 1
net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(256, 4))
opt = torch.optim.Adam(net.parameters(), lr=1.0)
for e in range(8):
    for i in torch.randperm(256).split(32):
        l = nn.functional.cross_entropy(net(images[i]), labels[i])
        opt.zero_grad(); l.backward(); opt.step()
    print(l.item())
