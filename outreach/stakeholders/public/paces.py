"""How often one client may cause letters by public forms (S6), and how often it may send a form.

What a form does not accept leads to no letter and does not count as one. Whether an address gets a
letter is not looked at: the answer must not tell which addresses we know (S5).
"""

from limits import RateLimitItem, parse

from outreach.web.limits import client_key, limiter

MOST = parse("20 per hour")
MOST_INVITED = parse("500 per hour")
"""A room full of people who were invited and share a network."""
TRIES, TRIES_INVITED = "200 per hour", "2000 per hour"
"""Forms sent, mistakes included, as a route's limit: it guards the server, not a person."""


def may_cause_letter(what: str, *rules: RateLimitItem) -> bool:
    """Count one more accepted form of this client; False when `rules` allow no more."""
    client = client_key(what)
    return all(limiter.limiter.hit(rule, client) for rule in rules)
