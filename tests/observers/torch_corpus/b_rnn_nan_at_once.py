import torch, torch.nn as nn
torch.manual_seed(0)
x = torch.randn(128, 12, 2); y = x.sum((1, 2)).unsqueeze(1)
class R(nn.Module):
    def __init__(s):
        super().__init__(); s.r = nn.RNN(2, 16, batch_first=True, nonlinearity="relu"); s.o = nn.Linear(16, 1)
    def forward(s, x): return s.o(s.r(x)[0][:, -1])
m = R(); opt = torch.optim.SGD(m.parameters(), lr=5.0)
for e in range(30):
    l = nn.functional.mse_loss(m(x), y); opt.zero_grad(); l.backward(); opt.step(); print(l.item())
