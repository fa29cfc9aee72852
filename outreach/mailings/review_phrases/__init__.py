"""The phrases of the page of a review link."""

from pathlib import Path

from outreach.web.phrasebook import read_phrases

REVIEW = read_phrases(Path(__file__).parent)
