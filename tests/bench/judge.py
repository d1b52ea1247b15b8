"""Whether a bar is met, in words for the table.

A cost is a ratio to that repetition's untraced run. The second untraced run of each repetition, the control, shows what
ratios come about with no tool at all: a cost above its bar whose median lies within the control's quartiles is reported
apart from nothing, and is no miss.
"""

import enum

import spread


class Judgement(enum.Enum):
    MET = "met"
    WITHIN_NOISE = "within the control's spread"
    MISSED = "missed"


def at_most(bar, cost, control):
    """A cost (1: none) against the most that it may be; all but the bar are Spreads."""
    if cost.median <= bar:
        return Judgement.MET
    return Judgement.WITHIN_NOISE if cost.median <= control.high else Judgement.MISSED


def at_least(bar, share, control):
    """A rate as a share of the untraced one against the least that it may be."""
    if share.median >= bar:
        return Judgement.MET
    return Judgement.WITHIN_NOISE if share.median >= control.low else Judgement.MISSED


def no_dearer(ours, theirs, control):
    """{repetition: cost} of two tools: of the same repetition, lest the machine's drift falls on one of them alone.

    Within noise, too, where the middle half of the repetitions does not agree that ours costs more.
    """
    paired = spread.of(list(spread.ratios(ours, theirs).values()))
    if paired.median <= 1:
        return Judgement.MET
    alike = paired.low <= 1 or spread.of(list(ours.values())).median <= control.high
    return Judgement.WITHIN_NOISE if alike else Judgement.MISSED


def cheapest(costs):
    """The name of the one that costs least; `costs`: {name: {repetition: cost}}"""
    return min(costs, key=lambda name: spread.of(list(costs[name].values())).median)
