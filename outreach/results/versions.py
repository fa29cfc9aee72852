"""Which version of a document a reader gets: the newest in their language, else the nearest."""

from collections.abc import Sequence

from outreach.core.text import LANGUAGES
from outreach.results.models import DocumentVersion


def newest_by_language(versions: Sequence[DocumentVersion]) -> dict[str, DocumentVersion]:
    """Return the last version added in each language, our own languages first, in their order."""
    newest = {version.language: version for version in versions}
    ordered = [*LANGUAGES, *sorted(set(newest) - set(LANGUAGES))]
    return {language: newest[language] for language in ordered if language in newest}


def best_version(versions: Sequence[DocumentVersion], language: str) -> DocumentVersion | None:
    """Return the version for a reader of `language` (ISO 639-1): as LocalText stands in."""
    newest = newest_by_language(versions)
    return newest.get(language) or next(iter(newest.values()), None)


def former_versions(versions: Sequence[DocumentVersion]) -> list[DocumentVersion]:
    """Return those a newer one in the same language replaced, newest first."""
    current = {version.id for version in newest_by_language(versions).values()}
    return [version for version in reversed(versions) if version.id not in current]
