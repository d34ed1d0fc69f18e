"""An unchanged training script: recorded while it runs, its parameters and steps found, each step judged."""
