import numpy as np
rng=np.random.default_rng(0)

X=rng.normal(size=(60,3)); X[:,1]=2.0
y=X[:,0]*2+1
X=(X-X.mean(0))/X.std(0)
w=np.zeros(3); b=0.0
for i in range(300):
    e=X@w+b-y
    w-=0.1*X.T@e/60; b-=0.1*e.mean()
    if i%50==0: print(i,np.mean(e**2))
