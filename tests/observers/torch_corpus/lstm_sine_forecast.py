import torch
import torch.nn as nn

torch.manual_seed(5)
wave = torch.sin(torch.arange(0, 60, 0.2))
windows = wave.unfold(0, 11, 1)
inputs, targets = windows[:, :10].unsqueeze(-1), windows[:, 10:]


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


model = Forecaster()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(80):
    optimizer.zero_grad(set_to_none=False)
    loss = nn.functional.mse_loss(model(inputs), targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
print(loss.item())
