import pytest

from outreach.mail.replies import (
    BounceClass,
    OutcomeKind,
    Reply,
    Stage,
    bounce_class,
    is_go_ahead,
    read_outcome,
)


@pytest.mark.parametrize(
    ("code", "stage", "kind"),
    [
        (250, Stage.DOT, OutcomeKind.ACCEPTED),
        (251, Stage.DOT, OutcomeKind.ACCEPTED),
        (421, Stage.RCPT, OutcomeKind.DEFERRED),
        (450, Stage.RCPT, OutcomeKind.DEFERRED),
        (452, Stage.DOT, OutcomeKind.DEFERRED),
        (550, Stage.RCPT, OutcomeKind.REFUSED),
        (552, Stage.DOT, OutcomeKind.REFUSED),
        (554, Stage.DATA, OutcomeKind.REFUSED),
        (250, Stage.DATA, OutcomeKind.DEFERRED),
        (354, Stage.DOT, OutcomeKind.DEFERRED),
        (-1, Stage.MAIL, OutcomeKind.DEFERRED),
    ],
)
def test_a_reply_is_a_yes_a_later_or_a_lasting_no(
    code: int, stage: Stage, kind: OutcomeKind
) -> None:
    assert read_outcome(Reply(code, "words"), stage).kind is kind


@pytest.mark.parametrize(
    ("code", "stage", "expected"),
    [
        (250, Stage.MAIL, True),
        (251, Stage.RCPT, True),
        (354, Stage.DATA, True),
        (250, Stage.DATA, False),
        (354, Stage.RCPT, False),
        (550, Stage.RCPT, False),
    ],
)
def test_only_data_goes_ahead_with_a_354(code: int, stage: Stage, expected: bool) -> None:
    assert is_go_ahead(code, stage) is expected


def test_the_enhanced_status_is_cut_off_every_line_of_the_text() -> None:
    reply = Reply(550, "5.1.1 The account does not exist.\n5.1.1 Try\x00 another.")

    outcome = read_outcome(reply, Stage.RCPT)

    assert outcome.enhanced == "5.1.1"
    assert outcome.text == "The account does not exist. Try  another."


def test_a_version_number_in_the_words_is_no_status() -> None:
    outcome = read_outcome(Reply(550, "Exim 4.9.5 says no"), Stage.RCPT)

    assert outcome.enhanced == ""


def test_a_long_text_is_cut() -> None:
    assert len(read_outcome(Reply(550, "x" * 9000), Stage.RCPT).text) == 500


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "expected"),
    [
        (550, "5.1.1", "User unknown", BounceClass.HARD),
        (550, "5.1.2", "Bad destination system", BounceClass.HARD),
        (551, "5.1.6", "Has moved", BounceClass.HARD),
        (550, "5.1.10", "Recipient not found", BounceClass.HARD),
        (550, "5.4.4", "Unable to route", BounceClass.HARD),
        (552, "5.2.2", "Mailbox full", BounceClass.SOFT),
        (550, "5.2.1", "Mailbox disabled", BounceClass.SOFT),
        (552, "5.3.4", "Too big", BounceClass.SOFT),
        (550, "5.7.1", "User unknown to our spam filter", BounceClass.BLOCKED),
        (554, "5.7.26", "Unauthenticated", BounceClass.BLOCKED),
        (553, "5.1.8", "Sender's domain does not exist", BounceClass.BLOCKED),
        (550, "5.1.0", "Sender denied", BounceClass.BLOCKED),
        (550, "5.1.0", "Address rejected", BounceClass.HARD),
        (553, "5.6.7", "No SMTPUTF8", BounceClass.SOFT),
        (450, "4.2.0", "Greylisted", BounceClass.SOFT),
        (550, "4.4.7", "Expired", BounceClass.SOFT),
        (450, "5.1.1", "User unknown, perhaps", BounceClass.SOFT),
        (550, "", "No such user here", BounceClass.HARD),
        (550, "", "Recipient address rejected: User unknown in table", BounceClass.HARD),
        (550, "", "unknown user", BounceClass.HARD),
        (550, "", "Mailbox full", BounceClass.SOFT),
        (550, "", "Rejected as spam: user unknown", BounceClass.BLOCKED),
        (554, "", "Relay access denied", BounceClass.BLOCKED),
        (550, "", "No", BounceClass.SOFT),
    ],
)
def test_a_refusal_is_judged_by_its_status_first(
    code: int, enhanced: str, text: str, expected: BounceClass
) -> None:
    assert bounce_class(code, enhanced, text) is expected


@pytest.mark.parametrize("enhanced", ["", "5.1.1"])
def test_a_refusal_of_the_sender_never_counts_against_the_recipient(enhanced: str) -> None:
    judged = bounce_class(550, enhanced, "User unknown", stage=Stage.MAIL)

    assert judged is BounceClass.BLOCKED
