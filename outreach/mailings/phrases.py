"""The first words of a letter that announces a result, in the languages of our letters.

Staff read and change them before anything leaves.
"""

from collections.abc import Mapping
from types import MappingProxyType

from outreach.core.text import LocalText
from outreach.results.models import DocumentKind

RELEVANCE = LocalText(
    en="Why this may matter to you",
    de="Warum das für Sie wichtig sein kann",
    fr="Pourquoi cela peut compter pour vous",
    nl="Waarom dit voor u van belang kan zijn",
    da="Derfor kan det have betydning for dig",
    es="Por qué puede importarle",
)
FAQ = LocalText(
    en="Read the questions we are asked most often",
    de="Lesen Sie die Fragen, die uns am häufigsten gestellt werden",
    fr="Lire les questions que l’on nous pose le plus souvent",
    nl="Lees de vragen die ons het vaakst worden gesteld",
    da="Læs de spørgsmål, vi oftest får",
    es="Lea las preguntas que más nos hacen",
)
ASK = LocalText(
    en="Your question is not among them? Ask it here, or write to us.",
    de="Ihre Frage ist nicht dabei? Stellen Sie sie hier, oder schreiben Sie uns.",
    fr="Votre question n’y est pas ? Posez-la ici, ou écrivez-nous.",
    nl="Staat uw vraag er niet bij? Stel hem hier, of schrijf ons.",
    da="Er dit spørgsmål ikke med? Stil det her, eller skriv til os.",
    es="¿Su pregunta no está? Hágala aquí o escríbanos.",
)
NEWS = LocalText(
    en="News from {name}",
    de="Neues von {name}",
    fr="Du nouveau de {name}",
    nl="Nieuws van {name}",
    da="Nyt fra {name}",
    es="Novedades de {name}",
)
ARCHIVE = LocalText(
    en="Letters to read",
    de="Briefe zum Nachlesen",
    fr="Lettres à lire",
    nl="Brieven om te lezen",
    da="Breve at læse",
    es="Cartas para leer",
)
ARCHIVE_LEAD = LocalText(
    en="What was sent to subscribers, for everybody to read.",
    de="Was an Abonnentinnen und Abonnenten ging, für alle zu lesen.",
    fr="Ce qui a été envoyé aux personnes abonnées, à lire par tout le monde.",
    nl="Wat aan abonnees werd gestuurd, voor iedereen te lezen.",
    da="Det, der blev sendt til abonnenter, til fri læsning.",
    es="Lo que se envió a las personas suscritas, para que lo lea cualquiera.",
)
ARCHIVE_EMPTY = LocalText(
    en="Nothing has been published yet.",
    de="Noch wurde nichts veröffentlicht.",
    fr="Rien n’a encore été publié.",
    nl="Er is nog niets gepubliceerd.",
    da="Der er endnu ikke offentliggjort noget.",
    es="Todavía no se ha publicado nada.",
)
ARCHIVE_OF = LocalText(
    en="Whose letters",
    de="Wessen Briefe",
    fr="Les lettres de qui",
    nl="Van wie de brieven zijn",
    da="Hvis breve",
    es="De quién son las cartas",
)
ARCHIVE_ALL = LocalText(en="All", de="Alle", fr="Toutes", nl="Alle", da="Alle", es="Todas")
ARCHIVE_FEED = LocalText(
    en="Follow with a feed reader (Atom)",
    de="Mit einem Feedreader verfolgen (Atom)",
    fr="Suivre avec un lecteur de flux (Atom)",
    nl="Volgen met een feedlezer (Atom)",
    da="Følg med en feedlæser (Atom)",
    es="Seguir con un lector de canales (Atom)",
)
PROJECT = LocalText(
    en="Learn about the project",
    de="Mehr über das Projekt",
    fr="Découvrir le projet",
    nl="Lees meer over het project",
    da="Læs om projektet",
    es="Conozca el proyecto",
)
VIEW: Mapping[DocumentKind, LocalText] = MappingProxyType(
    {
        DocumentKind.POLICY_BRIEF: LocalText(
            en="View the policy brief",
            de="Policy Brief ansehen",
            fr="Lire la note de synthèse",
            nl="Bekijk de beleidsnota",
            da="Se policy brief",
            es="Ver el informe de políticas",
        ),
        DocumentKind.REPORT: LocalText(
            en="View the report",
            de="Bericht ansehen",
            fr="Lire le rapport",
            nl="Bekijk het rapport",
            da="Se rapporten",
            es="Ver el informe",
        ),
        DocumentKind.PAGE: LocalText(
            en="Visit the page",
            de="Seite besuchen",
            fr="Consulter la page",
            nl="Bezoek de pagina",
            da="Besøg siden",
            es="Visitar la página",
        ),
        DocumentKind.DATASET: LocalText(
            en="Get the dataset",
            de="Datensatz abrufen",
            fr="Obtenir les données",
            nl="Haal de dataset op",
            da="Hent datasættet",
            es="Obtener los datos",
        ),
    }
)
"""By kind; a FAQ link has a block of its own."""
