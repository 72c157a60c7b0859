"""A program for test_killed_learner.py: learn from a log, being killed again and again; then say how it went.

Arguments: URL of the store, folder of the model, number of kills, seed. Every learner is a process of its own, forked
from this one so that its kernels are compiled already.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import redis

from events.redis_log import RedisEventLog
from learner.model import open_model
from learner.tail import Tail
from learner.warm import warm_learning
from profiles.keys import Keyspace
from recommender.model import Capacity
from recommender.popularity_tables import PopularityHalfLives

KEYSPACE = Keyspace("test", 8, 86400)
# So small that the tables grow several times, and fewer sessions than there are.
CAPACITY = Capacity(sessions=1024, products=64, categories=4, pairs=512)
SNAPSHOT_SECONDS = 0.05
LONGEST_LIFE = 0.5


def learn(url: str, folder: Path) -> int:
    """Learn to the end of the log and keep the model; returns how many entries that took."""
    log = RedisEventLog(redis.Redis.from_url(url), KEYSPACE.partitions, KEYSPACE)
    opened = open_model(folder, CAPACITY, PopularityHalfLives())
    tail = Tail(log, opened[:2], SNAPSHOT_SECONDS, time.time)
    read = 0
    while found := tail.step():
        read += found
    tail.model.touch()
    while tail.model.settle():
        pass
    tail.model.snapshot(tail.positions)
    tail.model.close()
    return read


def learn_and_be_killed(url: str, folder: Path, seconds: float) -> bool:
    """Learn in a process that lives so long; returns whether it was killed before it was done."""
    child = os.fork()
    if child == 0:
        learn(url, folder)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def main(url: str, folder: Path, kills: int, seed: int) -> None:
    """Print how often the learner was killed at work, and how much the last one still had to learn."""
    warm_learning()
    rng = random.Random(seed)
    killed = sum(learn_and_be_killed(url, folder, rng.uniform(0.0, LONGEST_LIFE)) for _ in range(kills))
    sys.stdout.write(json.dumps({"killed": killed, "left": learn(url, folder)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
