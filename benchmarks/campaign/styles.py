"""The ways in which the campaign's programs are written: each makes the source of a whole program from a recipe."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.campaign.object_styles import layers, loop
from benchmarks.campaign.recipes import Recipe, opening
from benchmarks.campaign.single_styles import online, scalars


def unrolled(recipe: Recipe, seed: int) -> str:
    """Every layer with variables of its own, rows of samples, all in one script."""
    pairs = recipe.pairs
    last = len(pairs)
    source = [opening(recipe, seed)]
    for k, (i, o) in enumerate(pairs, start=1):
        source.append(f"W{k} = {recipe.weight(i, o, f'({i}, {o})')}")
        if recipe.bias is not None:
            source.append(f"b{k} = np.full((1, {o}), {recipe.bias})")
    source += [f"lr = {recipe.rate}", f"for epoch in range({recipe.epochs}):"]
    body = [*_forward(recipe, "X", last), *_backward(recipe, last)]
    body += [f"if epoch % {_every(recipe)} == 0:", f"    print(epoch, {recipe.loss(f'a{last}', 'Y')})"]
    if recipe.held_out:
        body += [f"    {line}" for line in _evaluation(recipe, last)]
    return "\n".join([*source, *(f"    {line}" for line in body)]) + "\n"


def _every(recipe: Recipe) -> int:
    return max(recipe.epochs // 10, 1)


def _forward(recipe: Recipe, inputs: str, last: int) -> list[str]:
    lines, below = [], inputs
    for k in range(1, last + 1):
        bias = f" + b{k}" if recipe.bias is not None else ""
        value = recipe.prediction if k == last else recipe.value
        lines += [f"z{k} = {below} @ W{k}{bias}", f"a{k} = {value(f'z{k}')}"]
        below = f"a{k}"
    return lines


def _backward(recipe: Recipe, last: int) -> list[str]:
    lines = [f"d{last} = {recipe.error(f'a{last}', 'Y')} / n"]
    lines += [f"d{k} = d{k + 1} @ W{k + 1}.T * {recipe.slope(f'z{k}', f'a{k}')}" for k in range(last - 1, 0, -1)]
    for k in range(last, 0, -1):
        below = f"a{k - 1}" if k > 1 else "X"
        lines.append(f"W{k} -= lr * {recipe.regularised(f'({below}.T @ d{k})', f'W{k}')}")
        if recipe.bias is not None:
            lines.append(f"b{k} -= lr * d{k}.sum(axis=0, keepdims=True)")
    return lines


def _evaluation(recipe: Recipe, last: int) -> list[str]:
    """The held-out samples sent through the same weights."""
    lines, below = [], "X_val"
    for k in range(1, last + 1):
        bias = f" + b{k}" if recipe.bias is not None else ""
        value = recipe.prediction if k == last else recipe.value
        lines += [f"s{k} = {below} @ W{k}{bias}", f"v{k} = {value(f's{k}')}"]
        below = f"v{k}"
    return [*lines, f"print('validation', {recipe.loss(f'v{last}', 'Y_val')})"]


COLUMNS = """{opening}
X, Y = X.T, Y.T
{held_out}sizes = {sizes}


def initialize():
    params = {{}}
    for l in range(1, len(sizes)):
        i, o = sizes[l - 1], sizes[l]
        params["W" + str(l)] = {weight}
        {bias}
    return params


def forward(X, params):
    cache = {{"A0": X}}
    A = X
    L = len(sizes) - 1
    for l in range(1, L + 1):
        Z = np.dot(params["W" + str(l)], A){plus_bias}
        if l == L:
            A = {prediction}
        else:
            A = {value}
        cache["Z" + str(l)] = Z
        cache["A" + str(l)] = A
    return A, cache


def backward(AL, Y, params, cache):
    m = Y.shape[1]
    L = len(sizes) - 1
    grads = {{}}
    dZ = {error}
    for l in range(L, 0, -1):
        grads["dW" + str(l)] = np.dot(dZ, cache["A" + str(l - 1)].T) / m
        grads["db" + str(l)] = np.sum(dZ, axis=1, keepdims=True) / m
        if l > 1:
            Z, A = cache["Z" + str(l - 1)], cache["A" + str(l - 1)]
            dZ = np.dot(params["W" + str(l)].T, dZ) * {slope}
    return grads


params = initialize()
learning_rate = {rate}
for i in range({epochs}):
    AL, cache = forward(X, params)
    cost = {loss}
    grads = backward(AL, Y, params, cache)
    for l in range(1, len(sizes)):
        params["W" + str(l)] = params["W" + str(l)] - learning_rate * {gradient}
        {update_bias}
    if i % {every} == 0:
        print("Cost after iteration %i: %f" % (i, cost)){evaluate}
"""


def columns(recipe: Recipe, seed: int) -> str:
    """Columns of samples, dictionaries of parameters, functions: as in a well-known course."""
    biased = recipe.bias is not None
    return COLUMNS.format(
        opening=opening(recipe, seed, axis=0),
        held_out="X_val, Y_val = X_val.T, Y_val.T\n" if recipe.held_out else "",
        sizes=list(recipe.sizes),
        weight=recipe.weight("i", "o", "(o, i)"),
        bias=f'params["b" + str(l)] = np.full((o, 1), {recipe.bias})' if biased else "pass",
        plus_bias=' + params["b" + str(l)]' if biased else "",
        prediction=recipe.prediction("Z"),
        value=recipe.value("Z"),
        slope=recipe.slope("Z", "A"),
        error=recipe.error("AL", "Y"),
        rate=recipe.rate,
        epochs=recipe.epochs,
        loss=recipe.loss("AL", "Y", 0),
        gradient=recipe.regularised('grads["dW" + str(l)]', 'params["W" + str(l)]'),
        update_bias='params["b" + str(l)] = params["b" + str(l)] - learning_rate * grads["db" + str(l)]'
        if biased
        else "pass",
        every=_every(recipe),
        evaluate=f"\n        AV, _ = forward(X_val, params)\n        print({recipe.loss('AV', 'Y_val', 0)})"
        if recipe.held_out
        else "",
    )


FUNCTIONAL = """{opening}

def init(sizes):
    return [({weight}, np.zeros(o) + {bias}) for i, o in zip(sizes[:-1], sizes[1:])]


def f(z):
    return {value}


def fprime(z):
    a = f(z)
    return {slope}


def predict(params, x):
    zs, activations = [], [x]
    for k, (w, b) in enumerate(params):
        z = activations[-1].dot(w){plus_bias}
        zs.append(z)
        activations.append({prediction} if k == len(params) - 1 else f(z))
    return zs, activations


def gradient(params, x, y):
    zs, activations = predict(params, x)
    p = activations[-1]
    delta = {error} / len(x)
    grads = []
    for k in reversed(range(len(params))):
        grads.append((activations[k].T.dot(delta), delta.sum(axis=0)))
        if k:
            delta = delta.dot(params[k][0].T) * fprime(zs[k - 1])
    return grads[::-1]


def update(params, grads, rate):
    return [(w - rate * {step}, b - rate * gb * {train_bias}) for (w, b), (gw, gb) in zip(params, grads)]


params = init({sizes})
batch = {batch}
for epoch in range({epochs}):
    order = rng.permutation(n)
    for start in range(0, n, batch):
        rows = order[start:start + batch]
        params = update(params, gradient(params, X[rows], Y[rows]), {rate})
    if epoch % {every} == 0:
        p = predict(params, X)[1][-1]
        print(epoch, {loss}){evaluate}
"""


def functional(recipe: Recipe, seed: int) -> str:
    """Functions that return new lists of (weight, bias), mini-batches."""
    biased = recipe.bias is not None
    return FUNCTIONAL.format(
        opening=opening(recipe, seed, axis=1),
        weight=recipe.weight("i", "o", "(i, o)"),
        bias=recipe.bias or 0.0,
        value=recipe.value("z"),
        slope=recipe.slope("z", "a"),
        plus_bias=" + b" if biased else "",
        prediction=recipe.prediction("z"),
        error=recipe.error("p", "y"),
        step=recipe.regularised("gw", "w"),
        train_bias=int(biased),
        sizes=recipe.sizes,
        batch=recipe.batch or "n",
        epochs=recipe.epochs,
        rate=recipe.rate,
        every=_every(recipe),
        loss=recipe.loss("p", "Y"),
        evaluate=f"\n        q = predict(params, X_val)[1][-1]\n        print('test', {recipe.loss('q', 'Y_val')})"
        if recipe.held_out
        else "",
    )


STYLES: dict[str, Callable[[Recipe, int], str]] = {
    "unrolled": unrolled,
    "columns": columns,
    "functional": functional,
    "online": online,
    "scalars": scalars,
    "loop": loop,
    "layers": layers,
}


def source_of(recipe: Recipe, seed: int) -> str:
    """The whole program.

    Raises:
        ValueError: A text that is to be edited does not occur.
    """
    source = STYLES[recipe.style](recipe, seed)
    for old, new in recipe.edits:
        if old not in source:
            raise ValueError(f"{recipe.style} program has no {old!r}:\n{source}")
        source = source.replace(old, new)
    return source
