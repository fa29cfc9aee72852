"""The phrases of this room's public pages and letters."""

from pathlib import Path

from outreach.web.phrasebook import read_phrases

PHRASES = read_phrases(Path(__file__).parent)
