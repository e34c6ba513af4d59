"""One connection of the desk: what has come in of its next request, and what is left to send of its last answer."""

from __future__ import annotations

import socket
import time
from enum import Enum, auto
from typing import Final

from passrole.server import http_reader
from passrole.server.message import HttpRequest
from passrole.server.simple_request import Unfinished, simple_request

RECEIVE_BYTES: Final = 64 * 1024
SEND_SECONDS: Final = 60.0


class Other(Enum):
    """What there is in place of a request."""

    NOT_YET = auto()
    NOT_SIMPLE = auto()
    """It is for `ConnectionHandler`, with all that was received."""


class DeskConnection:
    """Its socket never waits. `deadline` is by the monotonic clock.

    `is_asking`: its request is worked on, and the next one waits. `events`: what the desk's
    selector tells of it.
    """

    __slots__ = ("_wanted", "address", "deadline", "events", "is_asking", "received", "socket", "unsent")

    def __init__(self, connection: socket.socket, address: str) -> None:
        self.socket = connection
        self.address = address
        self.received = b""
        self.unsent: memoryview | None = None
        self.is_asking = False
        self.events = 0
        self._wanted = 0
        self.expect_request()

    def expect_request(self) -> None:
        self.deadline = time.monotonic() + http_reader.IDLE_SECONDS

    def receive(self) -> bool:
        """False when nothing more will come. Raises OSError."""
        try:
            part = self.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return True
        self.received = self.received + part if self.received else part
        return bool(part)

    def next_request(self) -> HttpRequest | Other:
        """What was received stays; once the request is `taken` the next one is."""
        if len(self.received) < self._wanted or not self.received:
            return Other.NOT_YET
        found = simple_request(self.received, self.address)
        if found is None:
            return Other.NOT_SIMPLE
        if isinstance(found, Unfinished):
            self._wanted = found.bytes
            self.expect_request()
            return Other.NOT_YET
        self._wanted = found.bytes
        return found.request

    def taken(self) -> None:
        self.received = self.received[self._wanted :]
        self._wanted = 0
        self.is_asking = True
        self.deadline = float("inf")

    def send(self, answer: bytes) -> bool:
        """Whether all of it is on its way; the rest is for `send_rest`. Raises OSError."""
        self.is_asking = False
        try:
            sent = self.socket.send(answer)
        except BlockingIOError:
            sent = 0
        if sent == len(answer):
            self.expect_request()
            return True
        self.unsent = memoryview(answer)[sent:]
        self.deadline = time.monotonic() + SEND_SECONDS
        return False

    def send_rest(self) -> bool:
        """Whether the answer is out. Raises OSError."""
        assert self.unsent is not None, "there is something to send"
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            return False
        if self.unsent:
            return False
        self.unsent = None
        self.expect_request()
        return True
