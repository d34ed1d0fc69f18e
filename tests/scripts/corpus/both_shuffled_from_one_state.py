import numpy as np
rng=np.random.default_rng(0)
X=rng.normal(size=(80,3)); y=(X@np.array([1.,-2,.5])+.3)
s=np.random.get_state()
np.random.shuffle(X)
np.random.set_state(s)
np.random.shuffle(y)

w=np.zeros(3); b=0.
for i in range(300):
    e=X@w+b-y; w-=0.1*X.T@e/len(y); b-=0.1*e.mean()
    if i%50==0: print(np.mean(e**2))
