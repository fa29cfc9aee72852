"""What the privacy page says, one file per language, so that translators find it."""

from pathlib import Path

from outreach.web.phrasebook import read_phrases

PRIVACY = read_phrases(Path(__file__).parent)
