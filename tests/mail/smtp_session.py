"""One conversation of the recording SMTP server."""

import socket
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from typing import Protocol

HANG_UP = "(the connection is closed)"
HALF_CLOSE = "(the server stops speaking, and goes on listening)"
KEEP_AND_HANG_UP = "(the letter is kept, and the connection closed without a reply)"


@dataclass(frozen=True)
class Received:
    """A letter the server took (or kept, when its reply was lost)."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    """As it was before dot-stuffing."""
    connection: int

    @property
    def recipient(self) -> str:
        """The only recipient."""
        (recipient,) = self.recipients
        return recipient

    @property
    def message(self) -> EmailMessage:
        """The letter as the standard library reads it."""
        return BytesParser(policy=policy.default).parsebytes(self.data)

    def header(self, name: str) -> str:
        """Return a header as it was written, for tests that ask it of thousands of letters."""
        head, _, _body = self.data.partition(b"\r\n\r\n")
        (found,) = BytesHeaderParser(policy=policy.compat32).parsebytes(head).get_all(name, [])
        return str(found)


@dataclass
class Offer:
    """What the server says it can do."""

    pipelining: bool = True
    eight_bit: bool = True
    smtputf8: bool = False
    chunking: bool = False
    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    """Speak TLS from the first byte."""
    users: Mapping[str, str] = field(default_factory=dict)
    bearers: Mapping[str, str] = field(default_factory=dict)
    """Who may sign in by which access token (XOAUTH2)."""


class HungUp(Exception):
    """The conversation is over."""


class Script(Protocol):
    """What a conversation needs of its server."""

    offer: Offer
    received: list[Received]
    commands: list[str]
    unasked_pipelining: list[str]
    signed_in: list[str]

    def reply_to(self, stage: str, recipients: list[str], connection: int) -> str: ...


class Session:
    """One conversation."""

    def __init__(self, script: Script, connection: socket.socket, number: int) -> None:
        self.script = script
        self.connection = connection
        self.number = number
        self.buffer = b""
        self.sender: str | None = None
        self.recipients: list[str] = []

    def talk(self) -> None:
        """Converse until somebody hangs up (HungUp, OSError)."""
        if self.script.offer.tls:
            self._encrypt(self.script.offer.tls)
        self._reply("connect", "220 test.example.org ESMTP")
        while True:
            line = self._until(b"\r\n").decode("utf-8", "replace")
            self.script.commands.append(line)
            # What follows BDAT on the line is its chunk, no other command.
            is_alone = not self.buffer or line.upper().startswith("BDAT")
            if not is_alone and not self.script.offer.pipelining:
                self.script.unasked_pipelining.append(line)
            self._obey(line)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _obey(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        obey: dict[str, Callable[[str], None]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "BDAT": self._bdat if self.script.offer.chunking else self._unknown,
            "RSET": self._rset,
            "QUIT": self._quit,
        }
        obey.get(verb.upper(), self._unknown)(argument)

    def _unknown(self, _argument: str) -> None:
        self._say("502 5.5.2 Unknown command")

    def _helo(self, _name: str) -> None:
        self._reply("ehlo", "250 test.example.org")

    def _ehlo(self, _name: str) -> None:
        lines = ["test.example.org", "SIZE 20000000", *self._features()]
        marked = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        self._reply("ehlo", "\r\n".join(marked))

    def _features(self) -> Iterator[str]:
        offer = self.script.offer
        if offer.pipelining:
            yield "PIPELINING"
        if offer.eight_bit:
            yield "8BITMIME"
        if offer.smtputf8:
            yield "SMTPUTF8"
        if offer.chunking:
            yield "CHUNKING"
        if offer.starttls and not isinstance(self.connection, ssl.SSLSocket):
            yield "STARTTLS"
        if offer.users:
            yield "AUTH PLAIN"
        if offer.bearers:
            yield "AUTH LOGIN XOAUTH2"

    def _starttls(self, _argument: str) -> None:
        assert self.script.offer.starttls is not None
        self._reply("starttls", "220 2.0.0 Go ahead")
        self._encrypt(self.script.offer.starttls)

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)

    def _auth(self, argument: str) -> None:
        mechanism, _, initial = argument.partition(" ")
        if mechanism == "XOAUTH2":
            self._auth_by_token(b64decode(initial).decode())
            return
        _, name, password = b64decode(initial).decode().split("\0")
        is_right = self.script.offer.users.get(name) == password
        if is_right:
            self.script.signed_in.append(name)
        self._reply("auth", "235 2.7.0 Welcome" if is_right else "535 5.7.8 Wrong password")

    def _auth_by_token(self, words: str) -> None:
        user, bearer, *rest = words.split("\1")
        assert rest == ["", ""]
        name, token = user.removeprefix("user="), bearer.removeprefix("auth=Bearer ")
        if self.script.offer.bearers.get(name) == token:
            self.script.signed_in.append(name)
            self._reply("auth", "235 2.7.0 Accepted")
            return
        self._say("334 " + b64encode(b'{"status":"401"}').decode())
        assert self._until(b"\r\n") == b"", "a refusal is acknowledged by an empty line"
        self._reply("auth", "535 5.7.3 Authentication unsuccessful")

    def _mail(self, argument: str) -> None:
        if self.sender is not None:
            self._say("503 5.5.1 Nested MAIL")
        elif self._reply("mail", "250 2.1.0 Sender ok"):
            self.sender = _path(argument)

    def _rcpt(self, argument: str) -> None:
        recipient = _path(argument)
        if self.sender is None:
            self._say("503 5.5.1 MAIL first")
        elif self._reply("rcpt", "250 2.1.5 Recipient ok", [recipient]):
            self.recipients.append(recipient)

    def _data(self, _argument: str) -> None:
        usual = "354 Go on" if self.recipients else "503 5.5.1 RCPT first"
        if not self._reply("data", usual, self.recipients, good="3"):
            return
        self.buffer = b"\r\n" + self.buffer
        data = self._until(b"\r\n.\r\n")[2:] + b"\r\n"
        letter = Received(
            self.sender or "",
            tuple(self.recipients),
            data.replace(b"\r\n..", b"\r\n.").removeprefix(b"." if data.startswith(b"..") else b""),
            self.number,
        )
        if not self.recipients:
            self._say("554 5.5.1 No valid recipients")
        else:
            self._reply("dot", "250 2.0.0 Kept", self.recipients, keep=letter)
        self.sender, self.recipients = None, []

    def _bdat(self, argument: str) -> None:
        size, _, last = argument.partition(" ")
        while len(self.buffer) < int(size):
            self._receive()
        data, self.buffer = self.buffer[: int(size)], self.buffer[int(size) :]
        assert last == "LAST", "our letters are one chunk"
        if not self.recipients:
            self._say("503 5.5.1 RCPT first")
            return
        letter = Received(self.sender or "", tuple(self.recipients), data, self.number)
        self._reply("dot", "250 2.0.0 Kept", self.recipients, keep=letter)
        self.sender, self.recipients = None, []

    def _rset(self, _argument: str) -> None:
        self.sender, self.recipients = None, []
        self._reply("rset", "250 2.0.0 Ok")

    def _quit(self, _argument: str) -> None:
        self._say("221 2.0.0 Bye")
        raise HungUp

    def _reply(
        self,
        stage: str,
        usual: str,
        recipients: list[str] | None = None,
        *,
        good: str = "2",
        keep: Received | None = None,
    ) -> bool:
        """Say what the rules or habit want; tell whether it was a yes."""
        said = self.script.reply_to(stage, recipients or [], self.number) or usual
        if keep and (said == KEEP_AND_HANG_UP or said.startswith("2")):
            self.script.received.append(keep)
        if said in {HANG_UP, KEEP_AND_HANG_UP}:
            raise HungUp
        if said == HALF_CLOSE:
            self.connection.shutdown(socket.SHUT_WR)
            while self.connection.recv(65536):
                pass
            raise HungUp
        self._say(said)
        if said.startswith("421"):
            raise HungUp
        return said.startswith(good)

    def _say(self, text: str) -> None:
        self.connection.sendall(f"{text}\r\n".encode())

    def _until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            self._receive()
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def _receive(self) -> None:
        octets = self.connection.recv(65536)
        if not octets:
            raise HungUp
        self.buffer += octets


def _path(argument: str) -> str:
    return argument[argument.index("<") + 1 : argument.index(">")]
