"""What is measured and why, in plain words: for the settings and for a privacy notice."""

EXPLANATIONS = {
    "unlinked": "Each letter is counted once, by role, without a link to its reader. Only people "
    "who agreed are followed individually. This is the default.",
    "shared": "All letters of a group carry the same links: visits are counted by group, and two "
    "readers of a group cannot be told apart. Choose it where the law asks consent even for "
    "counting without a link to a person, as in Italy.",
    "individual": "Each letter is counted for its reader, who can refuse. Choose it only where "
    "the law allows this without consent.",
    "off": "Letters hold plain links and no picture. Nothing is counted in them.",
}
_FIRST = (
    "We report to our funders whether our results reach the people who can act on them. For this "
    "we count how often letters are opened, which links are followed and which documents are "
    "downloaded, by role (for example policy-maker or NGO)."
)
_HOW = {
    "unlinked": "Your letter carries a number that says which group it belongs to and lets us "
    "count it once. The key that could lead from this number to you is destroyed when the mailing "
    "is done; from then on nobody, ourselves included, can say whose letter it was. We follow your "
    "letters individually only if you agree, separately from receiving them.",
    "shared": "Your letter carries the same links as all letters to your group. We learn how often "
    "a link was followed from the group, not by whom. To tell one visit from another we keep a "
    "code made from address and browser in memory for at most 30 minutes and write it nowhere. We "
    "follow your letters individually only if you agree, separately from receiving them.",
    "individual": "The links of your letter are your own, so that we see which were followed from "
    "it. You can refuse this at any time.",
    "off": "We do not measure letters. We count downloads from our pages as a number per document.",
}
_KEPT = (
    "We store neither your IP address nor the full description of your browser, only its family "
    "(for example “firefox”), to leave out robots. We set no cookies."
)
_CHOICE = (
    "You can change your choice with the link “What is counted, and how to change it” at the end "
    "of each letter. It takes effect at once, for letters you already have as well. More: {address}"
)


def notice(mode: str, base_url: str) -> str:
    """Return paragraphs for a privacy notice, as this installation measures."""
    parts = [_FIRST, _HOW[mode], _KEPT]
    if mode != "off":
        parts.append(_CHOICE.format(address=f"{base_url}/privacy"))
    return "\n\n".join(parts)
