"""The long differential run of the prover: what it says of random pairs of policies holds for the requests about them.

    python -m tests.long.fuzz_prover 1000000            a million random pairs
    python -m tests.long.fuzz_prover 1000 --seed 7      other ones
    python -m tests.long.fuzz_prover 1 --seed 7 --first 1234   one pair again

Stops at the first disagreement, makes the pair as small as it can and prints it. Exit code 0 only if there was none.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter

from tests.long.smaller_pair import smallest
from tests.prover.small_worlds import WORLDS, Drawn, Layers, World, pair
from tests.prover.world_requests import disagreement, requests

from passrole.policy.printing import policy_to_value
from passrole.prover.compare import Actions, Comparison, compare, layers_side

REPORT_EVERY_SECONDS = 60


def compared(old: Layers, new: Layers, witnesses: int = 1) -> Comparison:
    before, after = (layers_side([(one,) for one in layers]) for layers in (old, new))
    return compare(before, after, actions=Actions.ANY, witnesses=witnesses)


def run(count: int, seed: int, first: int, requests_to_a_pair: int = 60) -> bool:
    """Whether the engine agreed about all pairs."""
    relations: Counter[str] = Counter()
    reported, started = time.monotonic(), time.process_time()
    names = list(WORLDS)
    asked_in_all = 0
    for number in range(first, first + count):
        drawn = Drawn.by(random.Random(f"{seed} {number}"))
        world = WORLDS[names[number % len(names)]]
        old, new = pair(drawn, world)
        comparison = compared(old, new, drawn.one((1, 1, 1, 3)))
        relations[comparison.relation.value] += 1
        asked = requests(world, (old, new), drawn, requests_to_a_pair)
        asked_in_all += len(asked)
        found = disagreement(comparison, old, new, asked)
        if found is not None:
            print(f"pair {number} of seed {seed}: {comparison.relation.value}, but {found}")
            _print_small(world, old, new)
            return False
        if time.monotonic() - reported > REPORT_EVERY_SECONDS:
            reported = time.monotonic()
            spent = time.process_time() - started
            print(f"{number - first + 1} pairs, {asked_in_all} requests, {spent:.0f} s: {dict(relations)}", flush=True)
    print(f"{count} pairs of seed {seed} from {first}, {asked_in_all} requests, no disagreement: {dict(relations)}")
    return True


def _print_small(world: World, old: Layers, new: Layers) -> None:
    def disagrees(old: Layers, new: Layers) -> bool:
        asked = requests(world, (old, new), Drawn.by(random.Random(1)), 1000)
        return disagreement(compared(old, new), old, new, asked) is not None

    if disagrees(old, new):
        old, new = smallest(old, new, disagrees)
        print(disagreement(compared(old, new), old, new, requests(world, (old, new), Drawn.by(random.Random(1)), 1000)))
    for name, layers in (("old", old), ("new", new)):
        for one in layers:
            print(f"{name}, {one.type.value}: {json.dumps(policy_to_value(one.policy))}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--requests", type=int, default=60, help="to each pair, where there are not fewer")
    arguments = parser.parse_args()
    return 0 if run(arguments.count, arguments.seed, arguments.first, arguments.requests) else 1


if __name__ == "__main__":
    sys.exit(main())
