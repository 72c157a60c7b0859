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
    product_cell,
    session_cell,
)
from recommender.session_tables import SessionTables, posted_session

# Newest products of the asking session that are looked at, and sessions that count as neighbours.
MAX_QUERY = 20
NEIGHBOURS = 200
SMOOTHING = 5.0


class Weights(NamedTuple):
    """How much a neighbour counts, and a product in it. Distances are in clicks, ages in sessions.

    A neighbour: each product in common counts exp(-steps from the end / `step`) x idf^`idf_power`; the sum is divided
    by length^`length_power`, and fades with exp(-age / `age`) and, by the newest of them, exp(-steps / `shared`).
    A product in it, by its distance d from that newest one: exp(-d / `forward`) behind it, `backward_share` x
    exp(-d / `backward`) before it, `anchor` for itself; all times 1 + `output_idf` x idf. Co-visits:
    `visit_step`^steps, `visit_backward` for products before; Markov counts fade with exp(-age / `next_age`).
    """

    step: float = 3.8
    idf_power: float = 3.6
    length_power: float = 0.21
    age: float = 113_000.0
    shared: float = 7.2
    forward: float = 4.4
    backward: float = 30.0
    backward_share: float = 0.6
    anchor: float = 0.5
    output_idf: float = 5.2
    visit_step: float = 0.75
    visit_backward: float = 0.7
    next_age: float = 40_000.0


@kernel
def gather_sessions(
    tables: SessionTables, clicks: NDArray[np.int32], own: int, weights: Weights, scratch: Scratch
) -> None:
    """Fill `scratch` for the session `clicks` int32 (n,), oldest first; `own` is its number in the index, or -1."""
    empty_scratch(scratch)
    looked = 0
    for step in range(len(clicks)):
        product = clicks[len(clicks) - 1 - step]
        if product < 0 or tables.posting[product, 3] == 0 or _is_in(clicks, len(clicks) - step, product):
            continue
        looked += 1
        if looked > MAX_QUERY:
            break
        _read_postings(tables, (product, step, own), weights, scratch)
    _score_neighbours(tables, weights, scratch)
    _correct_for_frequency(tables, clicks[len(clicks) - 1], scratch)


@kernel
def _is_in(clicks: NDArray[np.int32], first: int, product: int) -> bool:
    for at in range(first, len(clicks)):
        if clicks[at] == product:
            return True
    return False


@kernel
def _idf(tables: SessionTables, product: int) -> float:
    return float(max(np.log(tables.next_number[0] / max(tables.sessions_of[product], 1)), 0.0))


@kernel
def _read_postings(tables: SessionTables, asked: tuple[int, int, int], weights: Weights, scratch: Scratch) -> None:
    product, step, own = asked
    weight = np.exp(-step / weights.step) * _idf(tables, product) ** weights.idf_power
    visit = weights.visit_step**step / np.sqrt(max(tables.sessions_of[product], 1))
    for back in range(tables.posting[product, 3]):
        number = posted_session(tables, product, back)
        if number < 0 or number == own:
            continue
        slot = number % len(tables.number)
        place = _last_place(tables, slot, product)
        cell = session_cell(scratch, number)
        if place < 0 or cell < 0:
            continue
        scratch.counts[POSTINGS] += 1
        scratch.similarity[cell] += weight
        if scratch.step[cell] < 0:
            scratch.step[cell], scratch.place[cell] = step, place
        _count_visits(tables, (slot, place, visit), weights, scratch)
        if step == 0:
            _count_last(tables, (slot, place), weights, scratch)


@kernel
def _last_place(tables: SessionTables, slot: int, product: int) -> int:
    for place in range(tables.length[slot] - 1, -1, -1):
        if tables.clicks[slot, place] == product:
            return place
    return -1


@kernel
def _count_visits(tables: SessionTables, shared: tuple[int, int, float], weights: Weights, scratch: Scratch) -> None:
    slot, place, visit = shared
    gain = visit / np.sqrt(tables.length[slot])
    for at in range(tables.length[slot]):
        if at != place:
            cell = product_cell(scratch, tables.clicks[slot, at])
            if cell >= 0:
                scratch.columns[cell, CO_VISIT] += gain if at > place else gain * weights.visit_backward


@kernel
def _count_last(tables: SessionTables, shared: tuple[int, int], weights: Weights, scratch: Scratch) -> None:
    """Rules that begin at the last product of the asking session."""
    slot, place = shared
    age = tables.next_number[0] - 1 - tables.number[slot]
    for at in range(tables.length[slot]):
        if at == place:
            continue
        cell = product_cell(scratch, tables.clicks[slot, at])
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
            columns[NEXT_DECAYED] += np.exp(-age / weights.next_age)


@kernel
def _score_neighbours(tables: SessionTables, weights: Weights, scratch: Scratch) -> None:
    newest = tables.next_number[0] - 1
    for n in range(scratch.counts[SESSIONS]):
        cell = scratch.sessions[n]
        number = scratch.session_number[cell]
        length = max(tables.length[number % len(tables.number)], 1)
        scratch.similarity[cell] *= length**-weights.length_power * np.exp(
            -(newest - number) / weights.age - scratch.step[cell] / weights.shared
        )
    floor = _smallest_of_best(scratch)
    for n in range(scratch.counts[SESSIONS]):
        cell = scratch.sessions[n]
        if scratch.similarity[cell] >= floor and scratch.step[cell] >= 0:
            _count_neighbour(tables, cell, weights, scratch)


@kernel
def _count_neighbour(tables: SessionTables, cell: int, weights: Weights, scratch: Scratch) -> None:
    slot, place = scratch.session_number[cell] % len(tables.number), scratch.place[cell]
    for at in range(tables.length[slot]):
        product = tables.clicks[slot, at]
        if at > place:
            share = np.exp(-(at - place) / weights.forward)
        elif at < place:
            share = weights.backward_share * np.exp(-(place - at) / weights.backward)
        else:
            share = weights.anchor
        target = product_cell(scratch, product)
        if target >= 0:
            share *= 1.0 + weights.output_idf * _idf(tables, product)
            scratch.columns[target, KNN] += scratch.similarity[cell] * share


@kernel
def _smallest_of_best(scratch: Scratch) -> float:
    """The similarity that NEIGHBOURS sessions reach; 0 when there are no more than so many. A heap of the best."""
    count = scratch.counts[SESSIONS]
    if count <= NEIGHBOURS:
        return 0.0
    heap = np.empty(NEIGHBOURS, np.float32)
    for n in range(NEIGHBOURS):
        heap[n] = scratch.similarity[scratch.sessions[n]]
    for start in range(NEIGHBOURS // 2 - 1, -1, -1):
        _sift(heap, start)
    for n in range(NEIGHBOURS, count):
        if scratch.similarity[scratch.sessions[n]] > heap[0]:
            heap[0] = scratch.similarity[scratch.sessions[n]]
            _sift(heap, 0)
    return float(heap[0])


@kernel
def _sift(heap: NDArray[np.float32], at: int) -> None:
    while 2 * at + 1 < len(heap):
        child = 2 * at + 1
        if child + 1 < len(heap) and heap[child + 1] < heap[child]:
            child += 1
        if heap[at] <= heap[child]:
            return
        heap[at], heap[child] = heap[child], heap[at]
        at = child


@kernel
def _correct_for_frequency(tables: SessionTables, last: int, scratch: Scratch) -> None:
    """Cosine instead of counts, so that bestsellers are not everybody's neighbours."""
    mine = (tables.sessions_of[last] if last >= 0 else 0) + SMOOTHING
    for n in range(scratch.counts[PRODUCTS]):
        cell = scratch.products[n]
        count = max(tables.sessions_of[scratch.product[cell]], 1)
        scratch.columns[cell, CO_VISIT] /= np.sqrt(count)
        scratch.columns[cell, TOGETHER] /= np.sqrt(mine * (count + SMOOTHING))
