"""Experiments on the network of a run that did not learn: which ones might say why, in the time that there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backproof.observations import Observation, Quantity, Run
from backproof.observers.samples import trials_wanted
from backproof.scripts.data_trials import data_trials
from backproof.scripts.decay import decays_of
from backproof.scripts.described import DescribedNetwork
from backproof.scripts.experiments import experiment
from backproof.scripts.further import further
from backproof.scripts.network import Network
from backproof.scripts.turns import timed
from backproof.scripts.windows import Window

Q = Quantity
TRIALS = (
    Q.TRIAL_AS_IS, Q.TRIAL_WITH_BIAS, Q.TRIAL_STANDARDISED, Q.TRIAL_NONLINEAR, Q.TRIAL_RESTARTED, Q.TRIAL_TENTH_RATE,
    Q.TRIAL_RAISED_RATE, Q.TRIAL_RESCALED, Q.TRIAL_WITHOUT_DECAY, Q.TRIAL_LONGER, Q.TRIAL_LARGER, Q.RATE_RAISED,
    Q.TRIAL_NOT_STOPPED, Q.TRIAL_TARGETS_SCALED, Q.TRIAL_SHUFFLED, Q.TRIAL_RARE_AS_IS, Q.TRIAL_RARE_EVEN,
)  # fmt: skip
FURTHER = (Q.TRIAL_LONGER, Q.TRIAL_WITHOUT_DECAY, Q.TRIAL_LARGER)
IF_WRONG = (Q.TRIAL_AS_IS, Q.TRIAL_WITH_BIAS, Q.TRIAL_STANDARDISED)  # do not depend on the script's own steps
GOOD_FIT = 0.05  # unexplained share; what fits needs no experiment (the limit of the rules)
SECONDS, FURTHER_SECONDS = 1.9, 1.1
OF_DATA = 0.3  # share of that time for trials of the data, where its statistics are unusual
LARGE = 0.3  # of that time, where the steps are so large that the verdict on them takes some seconds
NO_TIME = "there was no time for the experiment, or it would say nothing"
SWITCHED_OFF = "experiments are switched off (--no-experiments)"
FITS = "the network fits: no experiment was needed"


def with_trials(run: Run, network: Network, *, wrong: bool, wanted: bool = True) -> Run:
    """The run with experiments on its network, where it did not learn and one might say why.

    Args:
        run: What was observed.
        network: What experiments start from.
        wrong: Whether the steps were wrong, so that a training along the gradient says little about the script's.
        wanted: False if no experiments are to be made.
    """
    left = run.last(Q.UNEXPLAINED, "predictions")
    if network.described is None or left is None or left <= GOOD_FIT or not wanted:
        reason = network.why_not if network.described is None else FITS
        return replace(run, unseen={**dict.fromkeys(TRIALS, reason if wanted else SWITCHED_OFF), **run.unseen})
    large = any(seen.window.whole is not None for seen in network.windows)
    share = LARGE if large else 1.0
    of_data = frozenset[Quantity]() if wrong else trials_wanted(run)
    made = _made(network.described, wrong, share * (1 - OF_DATA if of_data else 1.0))
    made += data_trials(network.described, of_data, share * OF_DATA * (SECONDS + FURTHER_SECONDS))
    seen = {observation.quantity for observation in made}
    kept = {q: why for q, why in run.unseen.items() if q not in TRIALS}
    unseen = {q: NO_TIME for q in TRIALS if q not in seen}
    return replace(run, observations=(*run.observations, *made), unseen={**kept, **unseen})


def _made(network: DescribedNetwork, wrong: bool, share: float) -> list[Observation]:
    if wrong:
        return experiment(network, IF_WRONG, share * SECONDS)
    return [*experiment(network, None, share * SECONDS), *further(network, FURTHER, share * FURTHER_SECONDS)]


def completed(network: Network, windows: list[Window], *, whole: bool) -> Network:
    """The network with the number of steps that its data speak for, and with the decay of its weights.

    Where the windows do not make up the `whole` run, it is not known how it went on and ended.
    """
    timed(windows, network.data.count if network.data and network.data.whole else None, network.batch_size)
    if network.described is not None and windows:
        steps = windows[-1].first_step + len(windows[-1].roles.steps)
        network.described = replace(network.described, steps=steps, decay=_decay(network, windows[0]))
        if not whole:
            network.described = replace(network.described, steps=None, final=None)
    return network


def _decay(network: Network, window: Window) -> float:
    """That of most parameters that have one."""
    if network.followed is None or network.followed.standard is None:
        return 0.0
    found = [decay for decay in decays_of(window, network.followed, network.batch_size or 1).values() if decay > 0]
    return float(np.median(found)) if found else 0.0
