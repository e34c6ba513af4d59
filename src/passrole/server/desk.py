"""The endpoint: one thread answers the plain calls to IAM and STS of all clients, and commits their writes together.

A thread for each connection spent more on handing the interpreter's lock around than on the calls. Here whatever has
come in is one round: what only reads is answered first, then what writes, in one transaction, with one sync of the
disk for all of it. No answer to a write leaves before that. What is no plain call to IAM or STS gets its connection
a thread of its own (`http_handler`): that may wait for its client, or for a backend.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue
from typing import Final

from passrole.account.write_batch import WritersBusy
from passrole.server.answer_head import answer_head
from passrole.server.call_record import Received
from passrole.server.desk_connection import DeskConnection, Other
from passrole.server.endpoint_guard import refusal_of
from passrole.server.front import Front, is_for_gateway
from passrole.server.http_handler import CALLS_AT_ONCE, ConnectionHandler, log_answer
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.own_pages import own_page
from passrole.server.turn import SharedTurn

_BACKLOG: Final = 128
"""Connections that wait to be accepted; a burst of clients is more than the usual 5."""
_SWEEP_SECONDS: Final = 1.0
_AFTER_FAULT_SECONDS: Final = 0.05
_WRITES_AT_ONCE: Final = 32
"""In one transaction: the first of them waits for the last."""
_LONG_CALLS_AT_ONCE: Final = 2
"""Fewer than CALLS_AT_ONCE, so that what waits for a writer is not behind simulations."""
_SLOW_SYNC_SECONDS: Final = 0.002
_GATHERING: Final = 0.5
"""Of the last sync's time, where that was slow: whoever was answered then has time to ask for more, and to share the
next sync. Otherwise two halves of the clients would wait for each other's."""
_MOST_GATHERING_SECONDS: Final = 0.01
_log = logging.getLogger(__name__)

Asked = tuple[DeskConnection, Received]
Answered = tuple[DeskConnection, Received, HttpResponse]


@dataclass(frozen=True, slots=True)
class Written:
    """Writes of one transaction, and their answers for when that is on disk."""

    turn: SharedTurn
    answers: Sequence[Answered]


class AccountServer:
    """A listening socket with the account behind it."""

    def __init__(self, host: str, port: int, front: Front, allowed_hosts: Collection[str] = ()) -> None:
        """Raises OSError when the address cannot be listened on."""
        self.front = front
        self.allowed_hosts = frozenset(name.lower() for name in allowed_hosts)
        self._turns = threading.BoundedSemaphore(CALLS_AT_ONCE)
        self._listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((host, port))
            self._listener.listen(_BACKLOG)
        except BaseException:
            self._listener.close()
            raise
        self._listener.setblocking(False)
        self.server_address: tuple[str, int] = self._listener.getsockname()[:2]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._wakes, self._wakened = socket.socketpair()
        self._wakened.setblocking(False)
        self._selector.register(self._wakened, selectors.EVENT_READ)
        self._connections: set[DeskConnection] = set()
        self._handed_over: set[DeskConnection] = set()
        self._elsewhere = ThreadPoolExecutor(CALLS_AT_ONCE, "passrole-call")
        self._long = ThreadPoolExecutor(_LONG_CALLS_AT_ONCE, "passrole-long")
        self._answered_elsewhere: deque[tuple[DeskConnection, HttpRequest, HttpResponse]] = deque()
        self._ahead: list[DeskConnection] = []
        self._writes: deque[Asked] = deque()
        self._committer = threading.Thread(target=self._commit, name="passrole-commit", daemon=True)
        self._to_commit: SimpleQueue[Written | None] = SimpleQueue()
        self._committed: deque[tuple[Written, Exception | None]] = deque()
        self._is_committing = False
        self._gather_until = 0.0
        self._accepts_from: float | None = None
        self._swept = time.monotonic()
        self._stopping = False
        self._stopped = threading.Event()
        self._stopped.set()

    def serve_forever(self) -> None:
        """Until `shutdown`."""
        self._stopped.clear()
        try:
            # Now, and not when they are first needed: clients may have taken all threads that the system gives.
            self._committer.start()
            for threads in (self._elsewhere, self._long):
                threads.submit(_do_nothing)
            while not self._stopping:
                try:
                    self._serve_round()
                except Exception:
                    # A fault of ours must not be the end of everybody's service.
                    _log.exception("a round was not finished")
                    time.sleep(_AFTER_FAULT_SECONDS)
            self._to_commit.put(None)
            self._committer.join()
            self._take_commits()
        finally:
            self._stopped.set()

    def shutdown(self) -> None:
        """Wait until the round is over, after which nothing more is answered."""
        self._stopping = True
        self._wake()
        self._stopped.wait()

    def server_close(self) -> None:
        self._listener.close()
        for connection in self._connections:
            connection.socket.close()
        self._connections.clear()
        for connection in list(self._handed_over):
            # Its thread ends with the call that it is at, and closes it.
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RD)
        for threads in (self._elsewhere, self._long):
            threads.shutdown(wait=False, cancel_futures=True)
        self._selector.close()
        self._wakes.close()
        self._wakened.close()

    def check_large(self, request: HttpRequest, length: int) -> None:
        """Whether a body over the usual limit may come; raises ServiceError."""
        refusal = refusal_of(request, self.allowed_hosts)
        if refusal is not None:
            raise refusal
        self.front.check_large(request, length, datetime.now(UTC))

    def answer(self, request: HttpRequest) -> HttpResponse:
        """In a thread of the caller's."""
        refusal = refusal_of(request, self.allowed_hosts)
        if refusal is not None:
            return self.front.refuse(refusal, request)
        own = own_page(request, self.front)
        if own is not None:
            return own
        return self.front.answer(request, datetime.now(UTC), self._turns)

    def _serve_round(self) -> None:
        ready: list[DeskConnection] = []
        # Who has sent ahead is served in this round as well.
        ahead, self._ahead = self._ahead, []
        for key, events in self._selector.select(0 if ahead else self._may_wait()):
            connection = key.data
            if connection is None:
                self._accept() if key.fileobj is self._listener else self._wakened_up()
            elif events & selectors.EVENT_WRITE:
                self._send_rest(connection)
            elif connection.is_asking or connection in ahead:
                # Who sends ahead without an end must not fill the memory; nor is its end looked for yet.
                self._listen(connection, 0)
            elif self._received(connection):
                ready.append(connection)
        if self._committed or self._answered_elsewhere:
            self._take_answers()
        ready += [connection for connection in ahead if connection in self._connections]
        if ready:
            self._answer_all(ready)
        now = time.monotonic()
        if self._writes and not self._is_committing and (now >= self._gather_until or self._all_are_waiting()):
            self._answer_writes()
        if self._accepts_from is not None and self._accepts_from <= now:
            self._accepts_from = None
            self._selector.register(self._listener, selectors.EVENT_READ)
        if now - self._swept > _SWEEP_SECONDS:
            self._swept = now
            for connection in [each for each in self._connections if each.deadline < now]:
                _log.info("%s is too slow", connection.address)
                self._close(connection)

    def _may_wait(self) -> float:
        """For the next thing to happen."""
        until = None if self._is_committing or not self._writes else self._gather_until
        if self._accepts_from is not None:
            until = self._accepts_from if until is None else min(until, self._accepts_from)
        return _SWEEP_SECONDS if until is None else max(0.0, until - time.monotonic())

    def _all_are_waiting(self) -> bool:
        return len(self._writes) >= len(self._connections)

    def _accept(self) -> None:
        try:
            accepted, address = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # It has gone again.
        except OSError:
            # There are too many, and some will go. Those that are here are served meanwhile.
            self._selector.unregister(self._listener)
            self._accepts_from = time.monotonic() + _AFTER_FAULT_SECONDS
            return
        accepted.setblocking(False)
        # Without it Nagle's algorithm holds the last packet of an answer back for 40 ms.
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = DeskConnection(accepted, address[0])
        self._connections.add(connection)
        self._listen(connection, selectors.EVENT_READ)

    def _received(self, connection: DeskConnection) -> bool:
        """Whether there may be a request."""
        try:
            if connection.receive():
                return True
        except OSError:
            self._went_away(connection)
            return False
        if connection.received:
            # It ended within a request: what to say to that is not for here.
            self._hand_over(connection)
        else:
            self._close(connection)
        return False

    def _answer_all(self, ready: Sequence[DeskConnection]) -> None:
        reads: list[Asked] = []
        gate = self.front.gate
        for connection in ready:
            request = connection.next_request()
            if request is Other.NOT_YET:
                self._listen(connection, selectors.EVENT_READ)
                continue
            if isinstance(request, Other) or (self.front.gateway is not None and is_for_gateway(request)):
                self._hand_over(connection)
                continue
            connection.taken()
            refusal = refusal_of(request, self.allowed_hosts)
            if refusal is not None:
                self._send(connection, request, self.front.refuse(refusal, request))
                continue
            try:
                call = gate.received(request)
            except Exception as error:
                self._send(connection, request, gate.fault(error))
            else:
                if call.takes_long:
                    self._answer_elsewhere(connection, request, self._long)
                else:
                    (self._writes if call.writes else reads).append((connection, call))
        if reads:
            self._answer_reads(reads)

    def _answer_reads(self, reads: list[Asked]) -> None:
        gate = self.front.gate
        turn = gate.shared_turn()
        with gate.at_work:
            for connection, call in reads:
                answer = gate.answer_within(call, datetime.now(UTC), turn)
                if turn.has_uses:
                    # Whoever asks next sees that the key was used.
                    turn.end_writes()
                    self._kept(Written(turn, ()), _failure_of(turn))
                self._send(connection, call.request, answer)

    def _answer_writes(self) -> None:
        """Those that wait, as many as may share a transaction; the others when that is on disk."""
        while self._writes and not self._is_committing:
            turn = self.front.gate.shared_turn()
            answers: list[Answered] = []
            with self.front.gate.at_work:
                while self._writes and turn.may_go_on and len(answers) < _WRITES_AT_ONCE:
                    connection, call = self._writes.popleft()
                    try:
                        answer = self.front.gate.answer_within(call, datetime.now(UTC), turn)
                    except WritersBusy:
                        self._answer_elsewhere(connection, call.request, self._elsewhere)
                    else:
                        answers.append((connection, call, answer))
                turn.end_writes()
            written = Written(turn, answers)
            if len(self._connections) > 1:
                self._commit_beside(written)
            else:
                # Nobody else is there to be served meanwhile.
                self._kept(written, _failure_of(turn))

    def _commit_beside(self, written: Written) -> None:
        """In a thread, which waits for the disk while reads are answered here."""
        self._is_committing = True
        self._to_commit.put(written)

    def _commit(self) -> None:
        while (written := self._to_commit.get()) is not None:
            began = time.monotonic()
            failure = _failure_of(written.turn)
            now = time.monotonic()
            took = now - began
            if took > _SLOW_SYNC_SECONDS:
                self._gather_until = now + min(took * _GATHERING, _MOST_GATHERING_SECONDS)
            self._committed.append((written, failure))
            self._wake()

    def _take_commits(self) -> None:
        while self._committed:
            self._is_committing = False
            self._kept(*self._committed.popleft())

    def _kept(self, written: Written, failure: Exception | None) -> None:
        for use in written.turn.left_uses():
            self._submit(self._elsewhere, partial(self.front.gate.last_used.write, use))
        if failure is not None and not written.answers:
            _log.warning("when a key was last used could not be noted: %s", failure)
        for connection, call, answer in written.answers:
            self._send(connection, call.request, answer if failure is None else self.front.gate.fault(failure))

    def _answer_elsewhere(self, connection: DeskConnection, request: HttpRequest, threads: Executor) -> None:
        """In a thread, which may wait for whoever else writes to the file, or take long itself."""

        def answer() -> None:
            self._answered_elsewhere.append((connection, request, self.answer(request)))
            self._wake()

        self._submit(threads, answer)

    def _submit(self, threads: Executor, work: Callable[[], None]) -> None:
        # Where the system has no thread for one more, those that are there come to it.
        with suppress(RuntimeError):
            threads.submit(work)

    def _wakened_up(self) -> None:
        with suppress(BlockingIOError):
            self._wakened.recv(4096)

    def _take_answers(self) -> None:
        """Those of other threads. In each round: what failed in one must not leave them there."""
        self._take_commits()
        while self._answered_elsewhere:
            self._send(*self._answered_elsewhere.popleft())

    def _wake(self) -> None:
        try:
            self._wakes.send(b"!")
        except OSError:
            # Closed: nobody is there to be woken.
            return

    def _hand_over(self, connection: DeskConnection) -> None:
        """To a thread of its own, for good."""
        self._forget(connection)
        connection.socket.setblocking(True)
        thread = threading.Thread(target=self._serve_by_thread, args=(connection,), name="passrole-client", daemon=True)
        self._handed_over.add(connection)
        try:
            thread.start()
        except RuntimeError:
            self._handed_over.discard(connection)
            _log.warning("%s is not served: the system has no thread left", connection.address)
            connection.socket.close()

    def _serve_by_thread(self, connection: DeskConnection) -> None:
        try:
            ConnectionHandler(connection.socket, connection.address, self, connection.received).handle()
        except (ConnectionError, TimeoutError):
            _log.info("%s went away", connection.address)
        except Exception:
            _log.exception("a connection of %s failed", connection.address)
        finally:
            with suppress(OSError):
                # Tells the client at once, whatever else has hold of the socket.
                connection.socket.shutdown(socket.SHUT_WR)
            connection.socket.close()
            self._handed_over.discard(connection)

    def _send(self, connection: DeskConnection, request: HttpRequest, answer: HttpResponse) -> None:
        if connection not in self._connections:
            return
        try:
            is_out = connection.send(answer_head(answer, keep=True) + answer.body)
        except OSError:
            self._went_away(connection)
            return
        log_answer(connection.address, request, answer)
        if is_out:
            self._sent(connection)
        else:
            self._listen(connection, selectors.EVENT_WRITE)

    def _send_rest(self, connection: DeskConnection) -> None:
        try:
            if connection.send_rest():
                self._sent(connection)
        except OSError:
            self._went_away(connection)

    def _sent(self, connection: DeskConnection) -> None:
        """Its next request may come, or has."""
        self._listen(connection, selectors.EVENT_READ)
        if connection.received:
            self._ahead.append(connection)

    def _listen(self, connection: DeskConnection, events: int) -> None:
        """For nothing at all when `events` is 0."""
        before, connection.events = connection.events, events
        if before and events:
            if before != events:
                self._selector.modify(connection.socket, events, connection)
        elif events:
            self._selector.register(connection.socket, events, connection)
        elif before:
            self._selector.unregister(connection.socket)

    def _went_away(self, connection: DeskConnection) -> None:
        _log.info("%s went away", connection.address)
        self._close(connection)

    def _close(self, connection: DeskConnection) -> None:
        self._forget(connection)
        connection.socket.close()

    def _forget(self, connection: DeskConnection) -> None:
        self._listen(connection, 0)
        self._connections.discard(connection)


def _do_nothing() -> None:
    """The first work of a thread."""


def _failure_of(turn: SharedTurn) -> Exception | None:
    """Why the writes are not on disk, None when they are."""
    try:
        turn.keep()
    except Exception as error:
        return error
    return None
