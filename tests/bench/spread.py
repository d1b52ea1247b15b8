"""What many measurements of one thing come to: the middle, and how far the middle half of them spreads."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    low: float  # lower quartile
    median: float
    high: float  # upper quartile

    def text(self, digits=3):
        return f"{self.median:.{digits}f} ({self.low:.{digits}f}–{self.high:.{digits}f})"

    def as_json(self):
        return {"low": self.low, "median": self.median, "high": self.high}


def of(values):
    """Of one value: itself, with no spread that could be known."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    return Spread(*statistics.quantiles(values, n=4, method="inclusive"))


def ratios(above, below):
    """One for each repetition that has both; `above` and `below`: {repetition: value}"""
    return {each: above[each] / below[each] for each in above if below.get(each)}


def percentile(values, percent):
    """The smallest value that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
