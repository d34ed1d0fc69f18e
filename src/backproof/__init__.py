"""backproof: is my backpropagation right, and why does my network not learn?"""

__version__ = "0.1.0"
