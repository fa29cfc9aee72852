"""A real Chromium over a served application; skipped visibly where there is none."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

BROWSERS = ("chromium-headless-shell", "chromium")
"""The same engine without windows takes half the time: it is asked for first."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of the loopback and give its address."""
    # No style sheet changes meanwhile; asked about on every page they were most of the requests.
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 600
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; without one skip, or fail when CI says it is required."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("OUTREACH_TEST_BROWSER") == "required":
            pytest.fail("no chromium found, and OUTREACH_TEST_BROWSER=required")
        pytest.skip("no chromium found")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()
