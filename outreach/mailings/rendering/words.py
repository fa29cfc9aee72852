"""The phrases of a letter's frame, in the languages of our letters.

Fields in braces are filled by `phrase`; they are ours, never a user's.
"""

from collections.abc import Mapping
from types import MappingProxyType

_ENGLISH = {
    "receive": "You receive this as {role}, from {list}.",
    "not_right": "Not right?",
    "change": "Change",
    "unsubscribe": "Unsubscribe",
    "browser": "View in browser",
    "why": "You signed up, or your work concerns what this list is about.",
    "privacy": "Privacy",
    "measurement": "What is counted, and how to change it",
    "forward": "Forward to a colleague",
    "questions": "Questions? Ask us",
    "ask": "Ask a question",
    "write": "Or write to {address}",
    "about": "About this {kind}",
    "about_other": "About this document",
    "cover": "Cover",
    "join": "Take part",
    "calendar": "Add to your calendar",
    "quote_open": "“",
    "quote_close": "”",
}
_PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": _ENGLISH,
        "de": {
            "receive": "Sie erhalten dies als {role}, von {list}.",
            "not_right": "Stimmt das nicht?",
            "change": "Ändern",
            "unsubscribe": "Abmelden",
            "browser": "Im Browser ansehen",
            "why": "Sie haben sich angemeldet, oder Ihre Arbeit betrifft das Thema dieser Liste.",
            "privacy": "Datenschutz",
            "measurement": "Was gezählt wird und wie Sie es ändern",
            "forward": "An Kolleginnen und Kollegen weitergeben",
            "questions": "Fragen? Fragen Sie uns",
            "ask": "Eine Frage stellen",
            "write": "Oder schreiben Sie an {address}",
            "about_other": "Über dieses Dokument",
            "cover": "Titelseite",
            "join": "Teilnehmen",
            "calendar": "In den Kalender eintragen",
            "quote_open": "„",
            "quote_close": "“",
        },
        "fr": {
            "receive": "Vous recevez ceci en tant que {role}, de la part de {list}.",
            "not_right": "Ce n’est pas exact ?",
            "change": "Modifier",
            "unsubscribe": "Se désabonner",
            "browser": "Voir dans le navigateur",
            "why": "Vous vous êtes inscrit, ou votre travail touche au sujet de cette liste.",
            "privacy": "Vie privée",
            "measurement": "Ce qui est compté, et comment le changer",
            "forward": "Transmettre à une ou un collègue",
            "questions": "Des questions ? Écrivez-nous",
            "ask": "Poser une question",
            "write": "Ou écrivez à {address}",
            "about_other": "À propos de ce document",
            "cover": "Couverture",
            "join": "Participer",
            "calendar": "Ajouter à votre agenda",
            "quote_open": "«\u00a0",
            "quote_close": "\u00a0»",
        },
        "nl": {
            "receive": "U ontvangt dit als {role}, van {list}.",
            "not_right": "Klopt dit niet?",
            "change": "Wijzigen",
            "unsubscribe": "Uitschrijven",
            "browser": "Bekijk in de browser",
            "why": "U hebt zich aangemeld, of uw werk raakt het onderwerp van deze lijst.",
            "privacy": "Privacy",
            "measurement": "Wat er wordt geteld en hoe u dat wijzigt",
            "forward": "Doorgeven aan een collega",
            "questions": "Vragen? Stel ze ons",
            "ask": "Stel een vraag",
            "write": "Of schrijf naar {address}",
            "about_other": "Over dit document",
            "cover": "Omslag",
            "join": "Meedoen",
            "calendar": "In uw agenda zetten",
            "quote_open": "“",
            "quote_close": "”",
        },
        "da": {
            "receive": "Du modtager dette som {role}, fra {list}.",
            "not_right": "Passer det ikke?",
            "change": "Ret",
            "unsubscribe": "Afmeld",
            "browser": "Se i browseren",
            "why": "Du har tilmeldt dig, eller dit arbejde berører listens emne.",
            "privacy": "Privatliv",
            "measurement": "Hvad der tælles, og hvordan du ændrer det",
            "forward": "Send videre til en kollega",
            "questions": "Spørgsmål? Spørg os",
            "ask": "Stil et spørgsmål",
            "write": "Eller skriv til {address}",
            "about_other": "Om dette dokument",
            "cover": "Forside",
            "join": "Deltag",
            "calendar": "Føj til din kalender",
            "quote_open": "”",
            "quote_close": "”",
        },
        "es": {
            "receive": "Recibe esto como {role}, de parte de {list}.",
            "not_right": "¿No es correcto?",
            "change": "Cambiar",
            "unsubscribe": "Darse de baja",
            "browser": "Ver en el navegador",
            "why": "Usted se inscribió, o su trabajo tiene que ver con el tema de esta lista.",
            "privacy": "Privacidad",
            "measurement": "Qué se cuenta y cómo cambiarlo",
            "forward": "Pasar a un colega",
            "questions": "¿Preguntas? Escríbanos",
            "ask": "Hacer una pregunta",
            "write": "O escriba a {address}",
            "about_other": "Acerca de este documento",
            "cover": "Portada",
            "join": "Participar",
            "calendar": "Añadir a su calendario",
            "quote_open": "«",
            "quote_close": "»",
        },
    }
)
LANGUAGES = tuple(_PHRASES)


def phrase(name: str, language: str) -> str:
    """Return a phrase in `language`, in English where we do not speak it."""
    return _PHRASES.get(language[:2], _ENGLISH).get(name, _ENGLISH[name])


def about(kind_label: str, language: str) -> str:
    """Return "About this brief" for "policy brief".

    Elsewhere grammar asks for a plain noun; the kind stands behind it, so that the links of two
    documents differ: "Über dieses Dokument (Bericht)".
    """
    kind = kind_label.strip()
    if language[:2] == "en" and kind:
        return phrase("about", language).replace("{kind}", _last_word(kind))
    return phrase("about_other", language) + (f" ({kind})" if kind else "")


def _last_word(label: str) -> str:
    return label.lower().rsplit(maxsplit=1)[-1]
