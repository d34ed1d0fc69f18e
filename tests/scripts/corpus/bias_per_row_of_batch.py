import numpy as np
rng=np.random.default_rng(0)
X=rng.normal(size=(100,4)); Y=rng.normal(size=(100,1))
class Net:
    def __init__(self):
        self.W1=rng.normal(size=(4,8)); self.b1=np.zeros((32,8))
        self.W2=rng.normal(size=(8,1)); self.b2=np.zeros((32,1))
    def forward(self,x):
        self.x=x
        self.h=np.tanh(x@self.W1+self.b1)
        return self.h@self.W2+self.b2
    def step(self,x,y):
        o=self.forward(x)
        d=(o-y)/len(x)
        dh=d@self.W2.T*(1-self.h**2)
        self.W2-=0.1*self.h.T@d
        self.b2-=0.1*d
        self.W1-=0.1*x.T@dh
        self.b1-=0.1*dh
net=Net()
for e in range(3):
    for i in range(0,100,32):
        net.step(X[i:i+32],Y[i:i+32])
