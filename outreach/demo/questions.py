"""What the demo's readers ask, and what they are told: made up, like the people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question from a role, some hours after the mailing, and its answer ("" while it waits)."""

    role: str
    after_hours: float
    question: str
    answer: str = ""
    language: str = "en"
    is_closed: bool = True


QUESTIONS = (
    Exchange("policy-maker", 2.4,
        "We are about to rewrite our neighbourhood budget rules. Is there an example of rules that "
        "stay proportionate to small sums?",
        "The brief says it under Governance: keep rules proportionate to the sums at stake. "
        "Chapter 4 of the report is about the same."),
    Exchange("policy-maker", 3.1,
        "May we print the brief for our councillors?",
        "With pleasure. Please keep the last page, which names the project and who funded it."),
    Exchange("policy-maker", 5.5,
        "Gibt es den Policy Brief auch auf Deutsch?",
        "Noch nicht. Die Zusammenfassung auf der Ergebnisseite gibt es auf Deutsch; sagen Sie uns, "
        "wofür Sie mehr brauchen.", language="de"),
    Exchange("policy-maker", 26,
        "How did you find the people you call intermediaries? We would like to do the same in our "
        "city.",
        "A partner of the project in your country will gladly tell you how they went about it; we "
        "have passed your question on."),
    Exchange("policy-maker", 49,
        "Is there a figure for what prevention saves? Our finance department will ask.",
        "The project gives reasons and examples, and no single figure: it says that prevention may "
        "save money. We would rather not promise more than was found."),
    Exchange("policy-maker", 73,
        "Who could come and speak at our forum in spring?", is_closed=False),
    Exchange("politician", 4.2,
        "What is the one thing a council can decide next month?",
        "Name somebody who may say yes to small initiatives, and publish the name."),
    Exchange("politician", 28,
        "May I quote the brief in a debate?",
        "Yes. Please name the project and the call that funded it."),
    Exchange("ngo", 1.7,
        "We have worked like this for years. Where can we read how others are paid for it?",
        "Under Resources, chapter 5 of the report: small, quick, long-lasting support does more "
        "than one large grant."),
    Exchange("ngo", 6.3,
        "Pouvons-nous traduire le document en français pour nos bénévoles ?",
        "Oui, volontiers. Merci de nommer le projet et son financement.",
        language="fr"),
    Exchange("ngo", 27,
        "Is there a network of such intermediaries that we can join?",
        "Ask the partner in your country; they know who meets."),
    Exchange("ngo", 31,
        "Can the project look at our draft guidelines?",
        "Send them to us, and a partner will read them."),
    Exchange("ngo", 54,
        "Mogen wij het citaat gebruiken in onze nieuwsbrief?",
        "Graag, met vermelding van het project.", language="nl"),
    Exchange("funder", 8.4,
        "Which of the recommendations concern how calls are written?",
        "Those under Resources: fund the connecting work, and not only projects."),
    Exchange("practitioner", 25,
        "Do you have the interview guide? I would like to use it in training.", is_closed=False),
)  # fmt: skip
