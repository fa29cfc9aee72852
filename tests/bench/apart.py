"""Network namespaces: workers that share no network with the database's host but a cable each.

Making them takes root and Linux; where that is not allowed there are none, and the benchmark says
so. The database is reached by its socket file, the mail server over the cable.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """One namespace."""

    name: str
    host: str
    """The address under which it reaches this host."""

    @property
    def prefix(self) -> list[str]:
        """What a command is put behind to run inside of it."""
        return ["ip", "netns", "exec", self.name]


@contextmanager
def networks(count: int) -> Iterator[list[Network]]:
    """Give so many namespaces, each with a cable to this host; none where they cannot be made."""
    made: list[Network] = []
    try:
        try:
            for number in range(count):
                made.append(Network(f"outreach-{os.getpid()}-{number}", f"10.93.{number}.1"))
                _lay(made[-1], number)
        except (OSError, subprocess.CalledProcessError):
            for network in made:
                _remove(network)
            made.clear()
        yield made
    finally:
        for network in made:
            _remove(network)


def _lay(network: Network, number: int) -> None:
    cable = f"or{os.getpid() % 100_000}-{number}"
    for command in (
        f"netns add {network.name}",
        f"link add {cable} type veth peer name eth0 netns {network.name}",
        f"addr add {network.host}/30 dev {cable}",
        f"link set {cable} up",
        f"-n {network.name} addr add 10.93.{number}.2/30 dev eth0",
        f"-n {network.name} link set eth0 up",
        f"-n {network.name} link set lo up",
    ):
        subprocess.run(["ip", *command.split()], check=True, capture_output=True)


def _remove(network: Network) -> None:
    """Take a namespace away; its cable goes with it."""
    subprocess.run(["ip", "netns", "del", network.name], check=False, capture_output=True)
