"""Decayed sums as order-free arithmetic in log space.

A sum of weights that fade with half-life H is kept as one number, L = log2(sum of w_i * 2^(t_i / H)), t counted
from a fixed epoch. Adding is `logaddexp2`, so events may come in any order, two sums merge by the same operation,
nothing is ever rescaled, and ranking by L needs no clock. This is forward decay: Cormode, Shkapenyuk, Srivastava
and Xu, "Forward Decay: A Practical Time Decay Model for Streaming Systems", ICDE 2009, section III.
`profile.lua` does the same arithmetic; the two agree to 1e-9.
"""

import math

# 2025-01-01 00:00 UTC. Near the present, so that t / H stays small and L keeps its digits: with a half-life of
# half an hour, ten years away L is about 175,000 and its spacing 3e-11, a relative error of 2e-11 in the sum.
EPOCH = 1_735_689_600.0
LN2 = math.log(2.0)
EPOCH_MS = int(EPOCH * 1000)
MAX_EXPONENT = 1023.0


def log_weight(weight: float, timestamp: float, half_life: float) -> float:
    """L of a single event: `weight` > 0 at `timestamp` (Unix seconds), `half_life` in seconds."""
    return math.log2(weight) + (timestamp - EPOCH) / half_life


def logaddexp2(a: float, b: float) -> float:
    """log2(2^a + 2^b), without leaving log space. Commutative; associative up to rounding."""
    if a < b:
        a, b = b, a
    return a + math.log1p(2.0 ** (b - a)) / LN2


def value_at(log_sum: float, now: float, half_life: float) -> float:
    """The decayed sum at `now` (Unix seconds); capped at 2^1023 for times long before its events."""
    exponent = log_sum - (now - EPOCH) / half_life
    return float(2.0 ** min(exponent, MAX_EXPONENT))


def to_ms(timestamp: float) -> int:
    """Unix seconds as whole milliseconds since `EPOCH`, which is how profiles keep times."""
    return round(timestamp * 1000.0) - EPOCH_MS


def to_seconds(ms: int) -> float:
    """Milliseconds since `EPOCH` as Unix seconds; the inverse of `to_ms`."""
    return (ms + EPOCH_MS) / 1000.0
