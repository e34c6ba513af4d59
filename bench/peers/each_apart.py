"""One question after the other, each in a process of its own that is ended after a while."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 10


def answer_all(path: str, answer: Callable[[dict[str, Any]], bool | None]) -> None:
    """Print the answers as JSON: `proven` is None where there was none, or the time was up."""
    context = multiprocessing.get_context("fork")
    answers = []
    for question in json.loads(Path(path).read_text()):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_answer, args=(question, answer, theirs))
        process.start()
        proven, milliseconds = ours.recv() if ours.poll(LIMIT_SECONDS) else (None, LIMIT_SECONDS * 1000.0)
        process.kill()
        process.join()
        answers.append({"proven": proven, "milliseconds": milliseconds})
    print(json.dumps(answers))


def _answer(question: dict[str, Any], answer: Callable[[dict[str, Any]], bool | None], pipe: Connection) -> None:
    start = time.process_time()
    try:
        proven = answer(question)
    except Exception as error:
        print(error, file=sys.stderr)
        proven = None
    pipe.send((proven, (time.process_time() - start) * 1000))
