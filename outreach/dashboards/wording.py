"""How reports say what they counted, so that nobody takes a figure for more than it is."""

from outreach.dashboards.figures import MailingReport

OPENS_CAVEAT = "Picture loads; some mail programs load for everybody, others for nobody."
HOW_COUNTED = {
    "unlinked": "Every letter is counted once, by role, without saying whose it was. Only people "
    "who agreed are followed individually.",
    "shared": "Letters of a group carry the same address: visits are counted, single letters not.",
    "individual": "Every letter is counted for its reader; this installation chose so.",
    "off": "Nothing is counted in these letters.",
}
DIMENSIONS = {
    "country": "country",
    "tier": "level",
    "language": "language",
    "role": "role",
    "variant": "variant",
    "arm": "subject test",
}


def how_counted(report: MailingReport) -> str:
    """Return one or two sentences on how a mailing's figures were counted."""
    sentence = HOW_COUNTED.get(report.tracking, "")
    if report.folded:
        names = ", ".join(DIMENSIONS[dimension] for dimension in report.folded)
        sentence += f" Where few people share them, these were counted together: {names}."
    if report.transport == "catcher":
        sentence += " These letters were caught on this machine and reached nobody."
    return sentence
