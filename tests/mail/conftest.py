"""The mail room's own fixtures."""

from collections.abc import Iterator

import pytest

from tests.mail.smtp_server import RecordingSmtpServer, smtp_server

__all__ = ["either_server", "smtp_server"]


@pytest.fixture(params=[True, False], ids=["pipelining", "lock-step"])
def either_server(request: pytest.FixtureRequest) -> Iterator[RecordingSmtpServer]:
    with RecordingSmtpServer(pipelining=request.param) as server:
        yield server
    assert server.unasked_pipelining == []
