"""Mistakes that show only when every array that feeds the predictions is accounted for, over all steps.

The search does not try them: they are found on the recording. What a function yields is how the mistake is called.
"""

from collections.abc import Iterator

from backproof.gradcheck.mistakes._mistake import At, Variant, mistake


@mistake(name="stale-parameters", at=At.ACCOUNT, says="{detail}")
def stale(site: object) -> Iterator[Variant]:
    """The predictions are made with a copy of the weights that the updates never reach.

    What it means: One array is changed step by step, another one is read by the forward pass. The second is a copy of
    the first version of the first, or the first a local name for what was once the second: `used = weights.copy()`
    before the loop, or `w = self.W` and then `w = w - rate * gradient`.

    Why training suffers: The predictions never change, so the error and the gradient never change either: the updated
    array runs away along one direction while the loss stays where it was.

    How it is detected: Of two arrays with one origin, the steps make new versions of one from the error, and the
    forward passes of the recorded steps read only the other; the source assigns it once and outside of loops.

    When it is no fault: Target networks and snapshots that are renewed from time to time.

    Source: Python language reference, "Assignment statements": a name is bound anew, the old object stays.
    """
    yield Variant("the forward pass reads a copy that no step changes", None)


@mistake(name="update-wrong-variable", at=At.ACCOUNT, says="{detail}")
def wrong_variable(site: object) -> Iterator[Variant]:
    """The new value of a parameter is made from another variable, or is given to another one.

    What it means: `W2 = W1 - rate * dW2`: the step is that of W2, what it starts from is not. Or the new value is
    computed and goes to a variable that nothing reads, as in `for w, g in zip(weights, grads): w = w - rate * g`.

    Why training suffers: What one step learns is lost in the next: the parameter is always one step away from
    another one, or stays where it was.

    How it is detected: At one place of the forward pass stands, step after step, a value that is a version of another
    parameter plus a multiple of this one's gradient; or new values made of the parameter and its gradient that no
    operation reads.

    When it is no fault: Trial points of a line search; they are read by a forward pass.

    Source: Python language reference, "The for statement": assigning to the loop's variable changes no list.
    """
    yield Variant("the new value is made from, or goes to, another variable", None)


@mistake(name="update-assigns-instead-of-subtracts", at=At.ACCOUNT, says="{detail}")
def assigns(site: object) -> Iterator[Variant]:
    """A parameter is set to its step instead of being moved by it.

    What it means: `W = rate * dW` or `W =- rate * dW` (which Python reads as `W = -(rate * dW)`) in the place of
    `W -= rate * dW`.

    Why training suffers: The weights are the last gradient and nothing more: all that was learned before is gone with
    every step, and they are as small as the rate.

    How it is detected: From one step to the next the value at one place of the forward pass is replaced by a multiple
    of the gradient by the old value, to rounding, and the old value does not go into it.

    When it is no fault: None is known: a gradient alone is no new value.

    Source: Python language reference, "Augmented assignment statements".
    """
    yield Variant("the parameter is set to the step itself", None)


@mistake(name="accumulator-not-reset", at=At.ACCOUNT, says="{detail}")
def not_reset(site: object) -> Iterator[Variant]:
    """The sum of the gradients keeps those of all earlier steps.

    What it means: The gradients of the samples are added up in an array, and the array is set to zero once, before
    training, but not before each step (`zero_grad` is missing).

    Why training suffers: The step goes along the sum of all gradients so far. It does not shrink when the minimum is
    reached: the parameters swing through it, further with every turn.

    How it is detected: In the first steps of the run every update is one constant times the sum of the gradients of
    all steps until then, to rounding, and not a multiple of the last one.

    When it is no fault: Momentum with a coefficient below 1 forgets the old gradients and is told apart. Gradients of
    several batches that are added up on purpose are set to zero after each step.

    Source: PyTorch documentation, "Zeroing out gradients in PyTorch".
    """
    yield Variant("the gradients of all earlier steps stay in the sum", None)


@mistake(name="integer-weights", at=At.ACCOUNT, says="{detail}")
def integers(site: object) -> Iterator[Variant]:
    """The weights are an array of integers, so that every step is cut to whole numbers.

    What it means: `np.array([3, -2])` holds integers, and `w[j] = w[j] - 0.05 * g` writes the whole part only.

    Why training suffers: Steps smaller than 1 towards larger values vanish, those towards smaller ones become whole:
    the weights stand still or jump.

    How it is detected: Numbers with a fraction that were computed from the error are written into an array of
    integers, and the predictions read that array; or the program stopped because NumPy refused to write them
    (`w -= 0.05 * g` on the whole array: UFuncTypeError).

    When it is no fault: Tables that count: what is written into them is whole. Inputs and labels of whole numbers.

    Source: NumPy user guide, "Assigning values to indexed arrays".
    """
    yield Variant("fractions are written into an array of integers", None)


@mistake(name="optimizer-formula-wrong", at=At.ACCOUNT, says="{detail}")
def formula(site: object) -> Iterator[Variant]:
    """The optimiser makes something else of the gradient than its formula says.

    What it means: Adam and RMSprop divide by the root of a running mean of the *squared* gradient. Here the mean
    under the root is that of the gradient or its absolute value.

    Why training suffers: The steps are not scaled to one size: large gradients make steps that are too long, small
    ones steps that are too short, and a negative mean has no root.

    How it is detected: The gradient that reverse mode gives enters the step rightly, and the square root is taken of
    a sum to which this gradient is added to the first power, to rounding.

    When it is no fault: AdaMax takes the largest absolute gradient, and no root of it.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1.
    """
    yield Variant("the mean under the root is not of squares", None)
