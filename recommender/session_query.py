"""One pass over the session index: everything that other visitors' sessions say of what comes next.

Session-kNN after V-SKNN and VSTAN (Ludewig, Mauro, Latifi, Jannach, UMUAI 2021; Garg et al., SIGIR 2019), with weights
of its own, found on the last sessions of Diginetica's training part (docs/evaluation.md); beside it, from the same
postings, co-visits, sequential rules (Ludewig and Jannach, UMUAI 2018) and Markov counts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel
from recommender.scratch import (
    BEFORE,
    CO_VISIT,
    KEY_MASK,
    KNN,
    NEXT,
    NEXT_DECAYED,
    POSTINGS,
    PRODUCTS,
    RULES,
    SESSIONS,
    TOGETHER,
    Scratch,
    empty_scratch,
    kth_largest,
    product_cell,
    product_in,
    session_cell,
)
from recommender.session_tables import MAX_CLICKS, SessionTables, posted_session, read_clicks, slot_of

# Postings that one query reads: the last product's half of it at most, the one's before half of the rest, and so on, so
# that bestsellers cost no more than others. Without it Diginetica's queries read 222 on average, 1,450 at the 99th
# percentile.
POSTINGS_READ = 1024
# Sessions that count as neighbours.
NEIGHBOURS = 200
SMOOTHING = 5.0


class Weights(NamedTuple):
    """How much a neighbour counts, and a product in it. Distances are in clicks, ages in sessions.

    A neighbour: each product in common counts exp(-steps from the end / `step`) x idf^`idf_power`; the sum is divided
    by length^`length_power`, and fades with exp(-age / `age`) and, by the newest of them, exp(-steps / `shared`).
    A product in it, by its distance d from that newest one: exp(-d / `forward`) behind it, `backward_share` x
    exp(-d / `backward`) before it, `anchor` for itself; all times 1 + `output_idf` x idf, and the last click's product
    times `current`, that of the click before it times `previous`. Co-visits: `visit_step`^steps, `visit_backward` for
    products before; Markov counts fade with exp(-age / `next_age`).
    """

    step: float = 3.45
    idf_power: float = 5.3
    length_power: float = 0.39
    age: float = 113_000.0
    shared: float = 7.2
    forward: float = 6.2
    backward: float = 30.0
    backward_share: float = 0.6
    anchor: float = 0.5
    output_idf: float = 4.2
    visit_step: float = 0.75
    visit_backward: float = 0.7
    next_age: float = 40_000.0
    current: float = 1.7
    previous: float = 2.8


class Decays(NamedTuple):
    """`Weights` worked out for every distance and length that there is, float64 (MAX_CLICKS + 1,) each, and the rest.

    `rest` float64 (7,): idf_power, age, output_idf, visit_backward, next_age, current, previous.
    """

    step: NDArray[np.float64]
    shared: NDArray[np.float64]
    visit: NDArray[np.float64]
    length: NDArray[np.float64]
    visit_length: NDArray[np.float64]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    rest: NDArray[np.float64]


def work_out(weights: Weights) -> Decays:
    """The tables for these weights."""
    n = np.arange(MAX_CLICKS + 1, dtype=np.float64)
    backward = weights.backward_share * np.exp(-n / weights.backward)
    backward[0] = weights.anchor
    rest = (weights.idf_power, weights.age, weights.output_idf, weights.visit_backward, weights.next_age)
    return Decays(
        step=np.exp(-n / weights.step),
        shared=np.exp(-n / weights.shared),
        visit=weights.visit_step**n,
        length=np.maximum(n, 1.0) ** -weights.length_power,
        visit_length=np.maximum(n, 1.0) ** -0.5,
        forward=np.exp(-n / weights.forward),
        backward=backward,
        rest=np.array([*rest, weights.current, weights.previous]),
    )


@kernel
def gather_sessions(
    tables: SessionTables, clicks: NDArray[np.int32], own: int, decays: Decays, scratch: Scratch
) -> None:
    """Fill `scratch` for the session `clicks` int32 (n,), oldest first; `own` is its visitor's hash, 0 for none."""
    empty_scratch(scratch)
    left, steps = POSTINGS_READ, min(len(clicks), MAX_CLICKS)
    for step in range(steps):
        product = clicks[len(clicks) - 1 - step]
        if product >= 0 and not _is_in(clicks, len(clicks) - step, product):
            share = left if step == steps - 1 else (left + 1) // 2
            newest = min(tables.posting[product, 3], share)
            left -= newest
            _read_postings(tables, (product, step, own), newest, decays, scratch)
    _score_neighbours(tables, decays, scratch)
    _correct_sums(tables, clicks, decays.rest, scratch)


@kernel
def _is_in(clicks: NDArray[np.int32], first: int, product: int) -> bool:
    for at in range(first, len(clicks)):
        if clicks[at] == product:
            return True
    return False


@kernel
def idf(tables: SessionTables, product: int) -> float:
    """Inverse document frequency: logarithm of all sessions over those with the product, never below 0."""
    return float(max(np.log(tables.next_number[0] / max(tables.sessions_of[product], 1)), 0.0))


@kernel
def _read_postings(
    tables: SessionTables, asked: tuple[int, int, int], newest: int, decays: Decays, scratch: Scratch
) -> None:
    """Take over what the `newest` sessions of a product say."""
    product, step, own = asked
    _touch_sessions(tables, product, newest, scratch)
    weight = decays.step[step] * idf(tables, product) ** decays.rest[0]
    visit = decays.visit[step] / np.sqrt(max(tables.sessions_of[product], 1))
    for back in range(newest):
        number = posted_session(tables, product, back)
        slot = slot_of(tables, max(number, 0))
        if number < 0 or (own != 0 and tables.visitor[slot] == own):
            continue  # gone, or the visitor's own, who will not be told to do the same again
        length = read_clicks(tables, number, scratch.row)
        place = _last_place(scratch.row, length, product)
        cell = session_cell(scratch, number & KEY_MASK) if place >= 0 else -1
        if cell < 0:
            continue
        scratch.counts[POSTINGS] += 1
        scratch.similarity[cell] += weight
        if scratch.step[cell] < 0:
            scratch.step[cell], scratch.place[cell] = step, place
        _count_visits((length, place, visit), decays, scratch)
        if step == 0:
            fading = np.exp(-(tables.next_number[0] - 1 - number) / decays.rest[4])
            _count_last(length, place, fading, scratch)


@kernel
def _touch_sessions(tables: SessionTables, product: int, newest: int, scratch: Scratch) -> None:
    """Look at what will be read of a product's sessions, to have it in the cache.

    Sessions lie anywhere in memory. Looked at one after the other without doing anything with them, the processor waits
    for many of them at once; in the midst of counting it would wait for each.
    """
    seen = np.int64(0)
    for back in range(newest):
        number = posted_session(tables, product, back)
        slot = slot_of(tables, max(number, 0))
        seen += tables.version[slot] + tables.length[slot] + tables.visitor[slot]
        seen += tables.clicks[slot, 0] + tables.clicks[slot, MAX_CLICKS - 1]
    scratch.values[0] = float(seen)  # or the compiler would leave all of it out


@kernel
def _last_place(row: NDArray[np.int32], length: int, product: int) -> int:
    for place in range(length - 1, -1, -1):
        if row[place] == product:
            return place
    return -1


@kernel
def _count_visits(shared: tuple[int, int, float], decays: Decays, scratch: Scratch) -> None:
    """What the session in `scratch.row` says of products that go with the one at `place`."""
    length, place, visit = shared
    gain = visit * decays.visit_length[length]
    for at in range(length):
        if at != place:
            cell = product_cell(scratch, scratch.row[at])
            if cell >= 0:
                scratch.columns[cell, CO_VISIT] += gain if at > place else gain * decays.rest[3]


@kernel
def _count_last(length: int, place: int, fading: float, scratch: Scratch) -> None:
    """Rules that begin at the last product of the asking session, from the session in `scratch.row`."""
    for at in range(length):
        cell = product_cell(scratch, scratch.row[at]) if at != place else -1
        if cell < 0:
            continue
        columns = scratch.columns[cell]
        columns[TOGETHER] += 1.0
        if at < place:
            columns[BEFORE] += 1.0 / (place - at)
        else:
            columns[RULES] += 1.0 / (at - place)
        if at == place + 1:
            columns[NEXT] += 1.0
            columns[NEXT_DECAYED] += fading


@kernel
def _score_neighbours(tables: SessionTables, decays: Decays, scratch: Scratch) -> None:
    newest = tables.next_number[0] - 1
    for n in range(scratch.counts[SESSIONS]):
        cell = scratch.sessions[n]
        number = newest - ((newest - scratch.session_key[cell]) & KEY_MASK)
        length = min(max(tables.length[slot_of(tables, number)], 0), MAX_CLICKS)
        fading = np.exp(-(newest - number) / decays.rest[1])
        scratch.similarity[cell] *= decays.length[length] * fading * decays.shared[max(scratch.step[cell], 0)]
        scratch.values[n] = scratch.similarity[cell]
    floor = kth_largest(scratch, scratch.counts[SESSIONS], NEIGHBOURS)
    for n in range(scratch.counts[SESSIONS]):
        cell = scratch.sessions[n]
        if scratch.similarity[cell] >= floor and scratch.step[cell] >= 0:
            number = newest - ((newest - scratch.session_key[cell]) & KEY_MASK)
            _count_neighbour(read_clicks(tables, number, scratch.row), cell, decays, scratch)


@kernel
def _count_neighbour(length: int, cell: int, decays: Decays, scratch: Scratch) -> None:
    """Count the products of the session in `scratch.row`."""
    place = scratch.place[cell]
    for at in range(length):
        target = product_cell(scratch, scratch.row[at])
        if target >= 0:
            share = decays.forward[at - place] if at > place else decays.backward[place - at]
            scratch.columns[target, KNN] += scratch.similarity[cell] * share


@kernel
def _correct_sums(
    tables: SessionTables, clicks: NDArray[np.int32], rest: NDArray[np.float64], scratch: Scratch
) -> None:
    """Cosine instead of counts, so that bestsellers are not everybody's neighbours; rare products count for more, and
    so do those of the last two clicks: visitors go back.
    """
    last, before = clicks[len(clicks) - 1], clicks[len(clicks) - 2] if len(clicks) > 1 else -1
    mine = (tables.sessions_of[last] if last >= 0 else 0) + SMOOTHING
    for n in range(scratch.counts[PRODUCTS]):
        cell = scratch.products[n]
        product = product_in(scratch, cell)
        count = max(tables.sessions_of[product], 1)
        again = rest[5] if product == last else rest[6] if product == before else 1.0
        scratch.columns[cell, KNN] *= again * (1.0 + rest[2] * idf(tables, product))
        scratch.columns[cell, CO_VISIT] /= np.sqrt(count)
        scratch.columns[cell, TOGETHER] /= np.sqrt(mine * (count + SMOOTHING))
