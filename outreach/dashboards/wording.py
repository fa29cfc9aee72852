"""How reports say what they counted, so that nobody takes a figure for more than it is."""

from outreach.dashboards.figures import MailingReport

NOT_COUNTED = "not counted"
OPENS_CAVEAT = (
    "letters whose picture was loaded. An estimate: some mail programs load pictures for "
    "everybody (left out where it can be told), others for nobody. Look at visits and downloads "
    "first."
)
IN_SHORT = {
    "unlinked": "Each letter is counted once, by role, without saying whose it was.",
    "shared": "Visits are counted by role; single letters are not told apart.",
    "individual": "Each letter is counted for its reader.",
    "off": "Nothing is counted in these letters.",
}
HOW_COUNTED = {
    "unlinked": "Every letter is counted once, by role, without saying whose it was. Only people "
    "who agreed are followed individually.",
    "shared": "Letters of a group carry the same address: visits are counted, single letters not. "
    "Visits are told apart in memory alone, so that a restart may count one visit twice.",
    "individual": "Every letter is counted for its reader; this installation chose so.",
    "off": "Nothing is counted in these letters.",
}
DIMENSIONS = {
    "country": "country",
    "tier": "level",
    "language": "language",
    "role_id": "role",
    "variant": "variant",
    "arm": "subject test",
}


def how_counted(report: MailingReport) -> str:
    """Return one or two sentences on how a mailing's figures were counted."""
    sentence = HOW_COUNTED.get(report.tracking, "")
    if report.folded and report.is_counted:
        names = ", ".join(DIMENSIONS[dimension] for dimension in report.folded)
        sentence += f" Where few people share them, these were counted together: {names}."
    if report.transport == "catcher":
        sentence += " These letters were caught on this machine and reached nobody."
    return sentence


def counted_in_short(report: MailingReport) -> str:
    """Return one sentence on how a mailing's figures were counted."""
    return IN_SHORT.get(report.tracking, "")


def beside_in_short(report: MailingReport) -> str:
    """Return what else readers did with a letter, in one sentence; empty for nothing."""
    figures = report.all
    said = (
        (figures.web_views, "viewed in a browser {} times", "viewed in a browser once"),
        (figures.unsubscribed, "{} readers chose to leave", "1 reader chose to leave"),
        (figures.complained, "complained about {} times", "complained about once"),
    )
    parts = [one if count == 1 else many.format(f"{count:,}") for count, many, one in said if count]
    return f"Beside these figures: {', '.join(parts)}." if parts else ""


def sent_caveat(report: MailingReport) -> str:
    """Return what "sent" means, and what became of the others."""
    figures = report.all
    others = (
        (figures.refused, "refused"), (figures.bounced, "came back"), (report.withheld, "withheld"),
    )  # fmt: skip
    said = ", ".join(f"{count:,} {word}" for count, word in others if count)
    return f"Accepted by the mail server{'; ' + said if said else ''}"
