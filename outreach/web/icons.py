"""Icons of the pages, each drawn once: a page of staff's has twenty, 50 microseconds apiece."""

from functools import lru_cache

from heroicons import jinja

MOST = 512
"""Names and sizes come from our own templates and menus; there are far fewer."""

heroicon_outline = lru_cache(MOST)(jinja.heroicon_outline)
heroicon_mini = lru_cache(MOST)(jinja.heroicon_mini)
