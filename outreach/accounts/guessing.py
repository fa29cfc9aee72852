"""Guessing passwords is slowed down (S14), without keeping anybody out of their own account.

Tries are counted for an address together with the client they come from: from elsewhere, the right
password works as before. A right one ends the counting.
"""

from collections.abc import Mapping

from flask import Flask, Response, request
from limits import parse

from outreach.web.limits import client_key, hold_back, limiter

FOR_ONE_ADDRESS = parse("5 per 5 minutes")
FOR_ONE_CLIENT = parse("60 per hour")
"""An office behind one address has many people; a list of stolen passwords is longer."""
MESSAGE = "There were too many tries to sign in from here."
REMEDY = "Wait {minutes} min and try again. Signing in from another network is not held back."


def init_guessing(app: Flask) -> None:
    """Count tries to sign in to `app`; must stand before whatever opens a transaction."""
    app.before_request(_count_a_try)
    app.after_request(_forget_tries)


def _count_a_try() -> None:
    if not _is_a_try():
        return
    for rule, key in ((FOR_ONE_CLIENT, client_key("sign in")), (FOR_ONE_ADDRESS, _key())):
        hold_back(rule, key, message=MESSAGE, remedy=REMEDY)


def _forget_tries(response: Response) -> Response:
    if _is_a_try() and response.status_code == 302:
        limiter.limiter.clear(FOR_ONE_ADDRESS, _key())
    return response


def _is_a_try() -> bool:
    return request.endpoint == "security.login" and request.method == "POST"


def _key() -> str:
    sent = request.form if not request.is_json else request.get_json(silent=True)
    email = sent.get("email", "") if isinstance(sent, Mapping) else ""
    return client_key("sign in", str(email).strip().lower())
