import torch
import torch.nn as nn

torch.manual_seed(13)
x = torch.randn(90, 4)
labels = torch.randint(1, 4, (90,))
model = nn.Linear(4, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    for rows in torch.arange(90).split(30):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), labels[rows])
        loss.backward()
        opt.step()
