"""A network that a test can spoil: a TCP proxy on loopback that delays, resets, or swallows everything."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from contextlib import suppress

FINE, SLOW, SILENT = "fine", "slow", "silent"
RESET_AT_ONCE = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards ``port`` on loopback to ``target``; ``mode`` says how, ``cut`` resets all connections.

    ``carried`` counts bytes, both ways together.
    """

    def __init__(self, target: int) -> None:
        self.mode = FINE
        self.carried = 0
        self._target = target
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._is_over = threading.Event()
        self._is_cut = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Every connection ends with a reset, in the middle of whatever it carries."""
        self._is_cut.set()

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()
        self._door.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(self._door, selectors.EVENT_READ)
            while not self._is_over.is_set():
                if self._is_cut.is_set():
                    self._is_cut.clear()
                    self._drop_all(ready)
                if self.mode == SILENT:
                    time.sleep(0.01)
                    continue
                for key, _events in ready.select(0.02):
                    self._serve(ready, key.fileobj)  # type: ignore[arg-type]
            self._drop_all(ready)

    def _serve(self, ready: selectors.BaseSelector, end: socket.socket) -> None:
        if end is self._door:
            self._let_in(ready)
            return
        if end not in self._pairs:
            return  # its other end was dropped a moment ago
        data = b""
        with suppress(OSError):
            data = end.recv(65_536)
        if self.mode == SLOW:
            time.sleep(0.02)
        try:
            if not data:
                raise ConnectionError
            self.carried += len(data)
            self._pairs[end].sendall(data)
        except OSError:
            self._drop(ready, end)

    def _let_in(self, ready: selectors.BaseSelector) -> None:
        caller, _address = self._door.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self._target), 2)
        except OSError:
            caller.close()
            return
        for one, other in ((caller, server), (server, caller)):
            self._pairs[one] = other
            ready.register(one, selectors.EVENT_READ)

    def _drop_all(self, ready: selectors.BaseSelector) -> None:
        for end in list(self._pairs):
            self._drop(ready, end)

    def _drop(self, ready: selectors.BaseSelector, end: socket.socket) -> None:
        other = self._pairs.pop(end, None)
        for each in (end, other):
            if each is not None and each.fileno() >= 0:
                self._pairs.pop(each, None)
                ready.unregister(each)
                with suppress(OSError):
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
                each.close()
