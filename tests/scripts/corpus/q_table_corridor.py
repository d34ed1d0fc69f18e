import random

random.seed(1)
length, goal = 6, 5
Q = [[0.0, 0.0] for _ in range(length)]
alpha, gamma, epsilon = 0.5, 0.9, 0.2
for episode in range(200):
    state, steps = 0, 0
    while state != goal and steps < 100:
        if random.random() < epsilon or Q[state][0] == Q[state][1]:
            action = random.randrange(2)
        else:
            action = 0 if Q[state][0] > Q[state][1] else 1
        new = max(0, state - 1) if action == 0 else state + 1
        reward = 1.0 if new == goal else 0.0
        Q[state][action] += alpha * (reward + gamma * max(Q[new]) - Q[state][action])
        state = new
        steps += 1
    if episode % 40 == 0:
        print("episode", episode, "steps", steps)
print([[round(v, 2) for v in row] for row in Q])
