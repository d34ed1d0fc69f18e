import torch, torch.nn as nn
torch.manual_seed(3)
x = torch.rand(240, 4) * 2 - 1; y = (x[:, :1] * 2 - x[:, 1:2]).tanh()
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(40):
    order = torch.randperm(240)
    for k in range(0, 240, 40):
        rows = order[k:k + 40]
        scale = 1e30 if epoch == 0 and k == 40 else 1.0  # the loss scale starts too high, as in mixed precision
        loss = ((net(x[rows]) - y[rows]) * scale).pow(2).mean()
        opt.zero_grad(); loss.backward()
        if all(torch.isfinite(p.grad).all() for p in net.parameters()):
            opt.step()
print(loss.item())
