import numpy as np
rng=np.random.default_rng(0)

X=rng.normal(size=(60,1)); y=X[:,0]*2+1
w=np.array([0.5]); s=1.0
for i in range(500):
    z=X@w
    h=np.sqrt(z+3.0-0.01*i)
    e=h-y
    w=w-0.05*(X.T@(e/(2*h)))/60
print(w)
