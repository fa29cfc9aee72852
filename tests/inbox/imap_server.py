"""A small IMAP server on loopback: one account, one folder, and it hangs up when it is told."""

import base64
import re
import socket
import threading
from contextlib import suppress
from typing import BinaryIO, Self

USER, PASSWORD = "reader", "secret"


class ImapServer:
    """Holds messages and what was marked; `hang_up_after` fetches it closes the connection."""

    def __init__(self, messages: list[bytes]) -> None:
        self.messages = messages
        self.seen: set[int] = set()
        self.commands: list[str] = []
        self.hang_up_after: int | None = None
        self.bearer = ""
        """The token that signs in; with one, passwords are refused as Exchange Online does."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # a method
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            connection.sendall(b"* OK ready\r\n")
            for line in lines:
                tag, _, command = line.decode().strip().partition(" ")
                self.commands.append(command)
                if command.upper().startswith("AUTHENTICATE XOAUTH2"):
                    self._take_token(connection, lines, tag)
                    continue
                answer = self._answer(command)
                if answer is None:
                    return
                connection.sendall(answer + tag.encode() + b" OK done\r\n")
                if command.upper() == "LOGOUT":
                    return

    def _take_token(self, connection: socket.socket, lines: BinaryIO, tag: str) -> None:
        connection.sendall(b"+ \r\n")
        said = base64.b64decode(lines.readline())
        self.commands.append(said.decode())
        if self.bearer and said == f"user={USER}\1auth=Bearer {self.bearer}\1\1".encode():
            connection.sendall(f"{tag} OK done\r\n".encode())
            return
        connection.sendall(b"+ " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
        answer = lines.readline()
        self.commands.append(answer.decode().strip())
        connection.sendall(f"{tag} NO AUTHENTICATE failed.\r\n".encode())

    def _answer(self, command: str) -> bytes | None:
        if command.upper().startswith("LOGIN"):
            return b"" if f'"{PASSWORD}"' in command and not self.bearer else None
        if command.upper().startswith("UID SEARCH"):
            unseen = (n for n in range(1, len(self.messages) + 1) if n not in self.seen)
            return b"* SEARCH " + " ".join(map(str, unseen)).encode() + b"\r\n"
        if found := re.match(r"UID fetch (\d+)", command, re.IGNORECASE):
            return self._fetched(int(found[1]))
        if found := re.match(r"UID STORE (\d+) \+FLAGS \(\\Seen\)", command, re.IGNORECASE):
            self.seen.add(int(found[1]))
            return b""
        answers = {
            "CAPABILITY": b"* CAPABILITY IMAP4rev1%s\r\n"
            % (b" AUTH=XOAUTH2" if self.bearer else b""),
            "SELECT": b"* %d EXISTS\r\n* OK [UIDVALIDITY 1]\r\n" % len(self.messages),
            "LOGOUT": b"* BYE\r\n",
        }
        return answers.get(command.split(" ", maxsplit=1)[0].upper(), b"")

    def _fetched(self, number: int) -> bytes | None:
        if self.hang_up_after is not None:
            self.hang_up_after -= 1
            if self.hang_up_after < 0:
                self.hang_up_after = None
                return None
        raw = self.messages[number - 1]
        head = f"* {number} FETCH (UID {number} BODY[] {{{len(raw)}}}\r\n".encode()
        return head + raw + b")\r\n"
