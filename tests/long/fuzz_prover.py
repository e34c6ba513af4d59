"""The long differential run of the prover: what it says of random pairs of policies holds for the requests about them.

    python -m tests.long.fuzz_prover 1000000            a million random pairs
    python -m tests.long.fuzz_prover 1000 --seed 7      other ones
    python -m tests.long.fuzz_prover 1 --seed 7 --first 1234   one pair again

Stops at the first disagreement and prints the pair. Exit code 0 only if there was none.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

from tests.prover.small_worlds import Drawn, disagreement, pair, requests
from tests.prover.test_prover_agreement import WORLDS

from passrole.prover.compare import Actions, compare, policy_side

REPORT_EVERY_SECONDS = 60


def run(count: int, seed: int, first: int, requests_to_a_pair: int = 300) -> bool:
    """Whether the engine agreed about all pairs."""
    relations: Counter[str] = Counter()
    reported = time.monotonic()
    names = list(WORLDS)
    for number in range(first, first + count):
        drawn = Drawn.by(random.Random(f"{seed} {number}"))
        world = WORLDS[names[number % len(names)]]
        old, new = pair(drawn, world)
        comparison = compare(policy_side(old, world.type), policy_side(new, world.type), actions=Actions.ANY)
        relations[comparison.relation.value] += 1
        found = disagreement(comparison, old, new, world.type, requests(world, (old, new), drawn, requests_to_a_pair))
        if found is not None:
            print(f"pair {number} of seed {seed}: {comparison.relation.value}, but {found}\n{old}\n{new}")
            return False
        if time.monotonic() - reported > REPORT_EVERY_SECONDS:
            reported = time.monotonic()
            print(f"{number - first + 1} pairs: {dict(relations)}", flush=True)
    print(f"{count} pairs, no disagreement: {dict(relations)}")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--requests", type=int, default=300, help="to each pair, where there are not fewer")
    arguments = parser.parse_args()
    return 0 if run(arguments.count, arguments.seed, arguments.first, arguments.requests) else 1


if __name__ == "__main__":
    sys.exit(main())
