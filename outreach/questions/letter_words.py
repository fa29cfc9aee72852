"""The frame words of single letters about questions, in the languages of our letters."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class LetterWords:
    """The words around an answer and of an acknowledgement; braces are filled by us."""

    locale: str
    """How dates are written."""
    reference: str
    reply: str
    about: str
    you_asked: str
    got_subject: str
    got: str
    got_about: str
    next: str
    not_you: str


_ENGLISH = LetterWords(
    locale="en_GB",
    reference="Reference",
    reply="To ask back, simply reply to this letter.",
    about="About",
    you_asked="On {date} you asked:",
    got_subject="We got your question",
    got="We got your question, thank you.",
    got_about="It is about:",
    next="A person will read it and answer to this address.",
    not_you="You did not ask us anything? Then somebody typed your address by mistake; nothing"
    " else will follow from it.",
)
_WORDS: Mapping[str, LetterWords] = MappingProxyType(
    {
        "en": _ENGLISH,
        "de": LetterWords(
            locale="de",
            reference="Kennzeichen",
            reply="Für Rückfragen antworten Sie einfach auf diese Nachricht.",
            about="Zu",
            you_asked="Am {date} fragten Sie:",
            got_subject="Ihre Frage ist angekommen",
            got="Ihre Frage ist angekommen, vielen Dank.",
            got_about="Sie betrifft:",
            next="Ein Mensch liest sie und antwortet an diese Adresse.",
            not_you="Sie haben uns nichts gefragt? Dann hat sich jemand bei der Adresse vertippt;"
            " es folgt nichts weiter daraus.",
        ),
        "fr": LetterWords(
            locale="fr",
            reference="Référence",
            reply="Pour revenir sur ce point, répondez simplement à ce message.",
            about="À propos de",
            you_asked="Le {date}, vous avez demandé :",
            got_subject="Votre question est arrivée",
            got="Votre question est arrivée, merci.",
            got_about="Elle concerne :",
            next="Une personne la lira et répondra à cette adresse.",
            not_you="Vous ne nous avez rien demandé ? Quelqu’un aura saisi votre adresse par"
            " erreur ; rien d’autre ne suivra.",
        ),
        "nl": LetterWords(
            locale="nl",
            reference="Kenmerk",
            reply="Wilt u doorvragen? Beantwoord gewoon dit bericht.",
            about="Over",
            you_asked="Op {date} vroeg u:",
            got_subject="Uw vraag is aangekomen",
            got="Uw vraag is aangekomen, dank u wel.",
            got_about="Ze gaat over:",
            next="Een mens leest ze en antwoordt op dit adres.",
            not_you="Hebt u ons niets gevraagd? Dan heeft iemand zich in het adres vergist; er"
            " volgt verder niets.",
        ),
        "da": LetterWords(
            locale="da",
            reference="Reference",
            reply="Vil du spørge mere, så svar blot på denne besked.",
            about="Om",
            you_asked="Den {date} spurgte du:",
            got_subject="Vi har fået dit spørgsmål",
            got="Vi har fået dit spørgsmål, tak.",
            got_about="Det handler om:",
            next="Et menneske læser det og svarer til denne adresse.",
            not_you="Har du ikke spurgt os om noget? Så har nogen tastet din adresse ved en fejl;"
            " der sker ikke mere.",
        ),
        "es": LetterWords(
            locale="es",
            reference="Referencia",
            reply="Para volver a preguntar, responda simplemente a este mensaje.",
            about="Sobre",
            you_asked="El {date} usted preguntó:",
            got_subject="Hemos recibido su pregunta",
            got="Hemos recibido su pregunta, gracias.",
            got_about="Trata de:",
            next="Una persona la leerá y responderá a esta dirección.",
            not_you="¿No nos ha preguntado nada? Entonces alguien escribió su dirección por error;"
            " no recibirá nada más por ello.",
        ),
    }
)


def letter_words(language: str) -> LetterWords:
    """Return the words in a language, in English where we do not speak it."""
    return _WORDS.get(language[:2], _ENGLISH)
