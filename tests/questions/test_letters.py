"""The words of the two letters, as they arrive."""

from datetime import UTC, datetime

import pytest

from outreach.core.text import LANGUAGES
from outreach.questions.letters import Subject, paragraphs, write_acknowledgement, write_answer

MOMENT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _about(language: str = "en", **values: str) -> Subject:
    words = {"title": "Go-betweens", "address": "https://example.org/results/go", **values}
    return Subject(reference="7K2M-9QXD", language=language, sender_name="SmartUrbI", **words)


def test_an_answer_reads_like_a_letter() -> None:
    written = write_answer(
        _about(),
        subject="What does it cost?",
        body="Dear Jane,\n\nabout 40 hours a month.",
        asked="What does it cost?\n\nPer year, I mean.",
        asked_at=MOMENT,
        can_reply=True,
    )

    assert written.subject == "Re: What does it cost? [7K2M-9QXD]"
    assert written.text == (
        "Dear Jane,\n"
        "\n"
        "about 40 hours a month.\n"
        "\n"
        "About: Go-betweens\n"
        "https://example.org/results/go\n"
        "Reference: 7K2M-9QXD\n"
        "To ask back, simply reply to this letter.\n"
        "\n"
        "On 2 March 2026 you asked:\n"
        "> What does it cost?\n"
        ">\n"
        "> Per year, I mean.\n"
    )


def test_an_acknowledgement_says_what_happens_next() -> None:
    written = write_acknowledgement(_about())

    assert written.subject == "We got your question [7K2M-9QXD]"
    assert written.text == (
        "We got your question, thank you. A person will read it and answer to this address.\n"
        "\n"
        "It is about: Go-betweens\n"
        "https://example.org/results/go\n"
        "Reference: 7K2M-9QXD\n"
        "\n"
        "You did not ask us anything? Then somebody typed your address by mistake; nothing else "
        "will follow from it.\n"
        "\n"
        "SmartUrbI\n"
    )


@pytest.mark.parametrize("language", [*LANGUAGES, "fi", "xx"])
def test_every_language_has_whole_letters(language: str) -> None:
    about = _about(language)

    acknowledged = write_acknowledgement(about)
    answered = write_answer(
        about, subject="S", body="B", asked="A", asked_at=MOMENT, can_reply=True
    )

    for letter in (acknowledged, answered):
        assert about.reference in letter.subject + letter.text
        assert "{" not in letter.text
        assert about.address in letter.html


def test_without_a_result_nothing_is_said_about_one() -> None:
    written = write_acknowledgement(_about(title="", address=""))

    assert "It is about" not in written.text + written.html


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("a\nb", ["a<br>\nb"]),
        ("a\n\n\nb", ["a", "b"]),
        (
            "See https://example.org/x, please.",
            ['See <a href="https://example.org/x">https://example.org/x</a>, please.'],
        ),
        ("javascript:alert(1)", ["javascript:alert(1)"]),
        ("<b>&", ["&lt;b&gt;&amp;"]),
    ],
)
def test_plain_words_become_safe_paragraphs(body: str, html: list[str]) -> None:
    assert [str(part) for part in paragraphs(body)] == html
