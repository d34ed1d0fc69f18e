import numpy as np

class Corridor:
    """0 1 2 3 4 ; start in the middle, +1 at the right end, 0 at the left end"""
    n_states, n_actions = 5, 2
    def reset(self):
        self.s, self.t = 2, 0
        return self.s
    def step(self, a):
        self.s += 1 if a == 1 else -1
        self.t += 1
        done = self.s in (0, 4) or self.t > 30
        return self.s, float(self.s == 4) - 0.01, done

np.random.seed(0)
env = Corridor()
theta = np.zeros((env.n_states, env.n_actions))
alpha, gamma = 0.3, 0.97
baseline = 0.0
returns = []

def pi(s):
    z = np.exp(theta[s] - theta[s].max())
    return z / z.sum()

for episode in range(500):
    s, done, traj = env.reset(), False, []
    while not done:
        a = np.random.choice(2, p=pi(s))
        s2, r, done = env.step(a)
        traj.append((s, a, r))
        s = s2
    G = 0.0
    grads = np.zeros_like(theta)
    for s, a, r in reversed(traj):
        G = r + gamma * G
        dlog = -pi(s)
        dlog[a] += 1.0
        grads[s] += (G - baseline) * dlog
    theta += alpha * grads
    baseline += 0.05 * (G - baseline)
    returns.append(sum(r for _, _, r in traj))
    if (episode + 1) % 100 == 0:
        print('episode', episode + 1, 'mean return', np.mean(returns[-100:]))
print(np.array([pi(s) for s in range(1, 4)]).round(3))
