"""Benchmark of compiling letters: the reference mailing in all its variants, and one preview.

    python -m tests.bench.composing

Six languages and four roles, each said differently, make 24 variants beside those of everybody
else. A preview is one variant filled for a reader.
"""

import statistics
import time
from collections.abc import Callable

import click

from outreach.core.text import LANGUAGES
from outreach.mailings import blocks
from outreach.mailings.blocks import Content
from outreach.mailings.frozen import FrozenLetter, FrozenRole, FrozenWords, render_frozen
from outreach.mailings.previewing import preview, sample_facts
from outreach.mailings.rendering import TrackedLinks
from tests.mailings.rendering_kit import BASE, CONTEXT, reference

ROLES = ("policy-maker", "politician", "ngo", "funder")
MOST_MS, MOST_PREVIEW_MS = 300, 150
"""What compiling 24 variants and answering one preview may take."""
ROUNDS = 7


def tailored() -> Content:
    """Return the reference letter with a headline per role and words in six languages."""
    content = reference()
    for role in ROLES:
        content = blocks.say_otherwise(content, "b1", role)
        new = f"b{content.last}"
        content = blocks.replace(content, new, {"kind": "headline", "text": f"For the {role}"})
    content = blocks.speak(content, LANGUAGES[1:])
    for language in LANGUAGES[1:]:
        for block in content.blocks:
            own = block.model_dump(mode="json", exclude={"id", "roles", "instead_of", "texts"})
            own |= {name: f"{own[name]} ({language})" for name in ("text", "lead") if name in own}
            content = blocks.translate(content, block.id, language, own)
    return content


def letter() -> FrozenLetter:
    """Return the letter as it is frozen."""
    roles = {n: FrozenRole(slug=slug, name=slug) for n, slug in enumerate(ROLES, start=1)}
    words = {
        "subject": "Socially smart cities",
        "preheader": CONTEXT.preheader,
        "list_name": CONTEXT.frame.list_name,
        "documents": dict(CONTEXT.documents),
        "pages": dict(CONTEXT.pages),
        "covers": {},
        "acknowledgements": dict(CONTEXT.acknowledgements),
        "roles": roles,
        "no_role": "subscriber",
    }
    return FrozenLetter(
        **words,
        mailing_id=1,
        web_key="key",
        language="en",
        content=tailored(),
        base_url=BASE,
        list_id=1,
        list_identifier="list.example.org",
        controller=CONTEXT.frame.organisation,
        postal_address=CONTEXT.frame.postal_address,
        sender_name="Outreach",
        sender_address="outreach@example.org",
        reply_address="questions@example.org",
        question_address="questions@example.org",
        faq_address=CONTEXT.faq_address,
        result_ids=(1,),
        pictures={},
        translations={language: FrozenWords(**words) for language in LANGUAGES[1:]},
    )


def compile_roles(made: FrozenLetter) -> int:
    """Compile the variants of the four roles in six languages; returns how many."""
    wanted = [variant for variant in made.variants if variant.role]
    for variant in wanted:
        render_frozen(made.edition(variant), TrackedLinks(BASE))
    return len(wanted)


def milliseconds(work: Callable[[], object]) -> float:
    """Return the CPU time of some rounds, their median, after one to warm up."""
    work()
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        times.append((time.process_time() - begun) * 1000)
    return statistics.median(times)


def main() -> None:
    """Print both figures beside what they may be."""
    made = letter()
    number = compile_roles(made)
    whole = milliseconds(lambda: compile_roles(made))
    one = made.edition(made.variant_of(2, "de"))
    shown = milliseconds(lambda: preview(one, sample_facts(one, 2)))
    click.echo(f"{number} variants compiled in {whole:.0f} ms of CPU (at most {MOST_MS})")
    click.echo(f"one preview in {shown:.1f} ms of CPU (at most {MOST_PREVIEW_MS})")


if __name__ == "__main__":
    main()
