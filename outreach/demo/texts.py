"""What the demo tells about SmartUrbI: the facts of the project, in our own words."""

from outreach.core.text import LocalText

NETWORK = LocalText(en="JPI Urban Europe")
CALL = LocalText(en="ERA-NET Cofund Smart Urban Futures (ENSUF)")
PROJECT = LocalText(en="Smart Urban Intermediaries")
PROJECT_SUMMARY = LocalText(
    en="SmartUrbI looked at how certain people use their skills, energy and contacts to make a "
    "difference for their neighbourhood, and at what helps or hinders them."
)
ACKNOWLEDGEMENT = LocalText(
    en="SmartUrbI is supported by the JPI Urban Europe ERA-NET Cofund Smart Urban Futures "
    "(ENSUF) Call.",
    de="SmartUrbI wird durch den Call „ERA-NET Cofund Smart Urban Futures“ (ENSUF) der JPI Urban "
    "Europe gefördert.",
    fr="SmartUrbI est soutenu par l’appel ERA-NET Cofund Smart Urban Futures (ENSUF) de la JPI "
    "Urban Europe.",
    nl="SmartUrbI wordt ondersteund door de oproep ERA-NET Cofund Smart Urban Futures (ENSUF) van "
    "JPI Urban Europe.",
    da="SmartUrbI støttes af JPI Urban Europes indkaldelse ERA-NET Cofund Smart Urban Futures "
    "(ENSUF).",
    es="SmartUrbI cuenta con el apoyo de la convocatoria ERA-NET Cofund Smart Urban Futures "
    "(ENSUF) de JPI Urban Europe.",
)
PARTNERS = (
    ("Tilburg University", "NL", "https://ror.org/04b8v1s79"),
    ("Roskilde University", "DK", "https://ror.org/014axpa37"),
    ("University of Edinburgh", "GB", "https://ror.org/01nrxwf90"),
    ("University of Birmingham", "GB", "https://ror.org/03angcq70"),
    ("Danish Town Planning Institute", "DK", None),
)
LIST_NAME = LocalText(
    en="Smart Urban Futures results",
    de="Ergebnisse aus Smart Urban Futures",
    fr="Résultats de Smart Urban Futures",
    nl="Resultaten van Smart Urban Futures",
    da="Resultater fra Smart Urban Futures",
    es="Resultados de Smart Urban Futures",
)
LIST_DESCRIPTION = LocalText(
    en="The network's communication team writes about four times a year, when a project has found "
    "something you can use.",
    de="Das Kommunikationsteam des Netzwerks schreibt etwa viermal im Jahr, wenn ein Projekt etwas "
    "herausgefunden hat, das Sie brauchen können.",
    fr="L’équipe de communication du réseau écrit environ quatre fois par an, quand un projet a "
    "trouvé quelque chose qui peut vous servir.",
    nl="Het communicatieteam van het netwerk schrijft ongeveer vier keer per jaar, als een "
    "project iets heeft gevonden waar u iets aan hebt.",
    da="Netværkets kommunikationsteam skriver omkring fire gange om året, når et projekt har "
    "fundet noget, du kan bruge.",
    es="El equipo de comunicación de la red escribe unas cuatro veces al año, cuando un proyecto "
    "ha encontrado algo que le puede servir.",
)
TOPIC_NAMES = (
    LocalText(en="Housing", de="Wohnen", fr="Logement", nl="Wonen", da="Boliger", es="Vivienda"),
    LocalText(
        en="Local democracy",
        de="Demokratie vor Ort",
        fr="Démocratie locale",
        nl="Lokale democratie",
        da="Lokaldemokrati",
        es="Democracia local",
    ),
    LocalText(
        en="Neighbourhoods",
        de="Quartiere",
        fr="Quartiers",
        nl="Buurten",
        da="Kvarterer",
        es="Barrios",
    ),
    LocalText(
        en="Prevention",
        de="Vorsorge",
        fr="Prévention",
        nl="Preventie",
        da="Forebyggelse",
        es="Prevención",
    ),
    LocalText(
        en="Public space",
        de="Öffentlicher Raum",
        fr="Espace public",
        nl="Openbare ruimte",
        da="Byrum",
        es="Espacio público",
    ),
)
RESULT = LocalText(
    en="Socially smart cities: what people who make a difference need",
    de="Sozial kluge Städte: was Menschen brauchen, die etwas bewegen",
    nl="Sociaal slimme steden: wat mensen nodig hebben die het verschil maken",
)
RESULT_SUMMARY = LocalText(
    en="""Some people hold a neighbourhood together: they know everybody, bring groups to one
table, find a way through the rules and get things done. SmartUrbI calls them *smart urban
intermediaries*. The project asked how they work, what enables or hinders them, and what cities,
politicians, NGOs and funders can do about it.

### What was found

- Their work adds value to neighbourhoods, and prevention may save money.
- The attitude of professionals and politicians decides whether respect and learning go both ways.
- The culture of an organisation can ease this exchange or stand in its way.
- Ways of involving people that pass over power and diverse traditions do harm.

### What follows

Capacity, governance and resources can be arranged so that intermediaries last. The policy brief
says how."""
)
FAQ = (
    (
        "What is a smart urban intermediary?",
        "Somebody who makes a difference in a neighbourhood by connecting people, groups and "
        "institutions. They may be a resident, a professional or a volunteer; what they share is "
        "the way they work, not a job title.",
    ),
    (
        "Who took part in the project?",
        "Tilburg University, Roskilde University, the University of Edinburgh, the University of "
        "Birmingham and the Danish Town Planning Institute, from 2017 to 2019.",
    ),
    (
        "What can a city do first?",
        "Look at how its own staff meet people who start things: who may say yes, how long it "
        "takes, and who is thanked. The policy brief lists steps that cost attention before money.",
    ),
    (
        "May we use the brief in our own training?",
        "Yes. Please name the project and the call that funded it, as the last page shows.",
    ),
)
BRIEF_TITLE = "Policy brief: conditions for smart urban intermediaries"
BRIEF: tuple[tuple[str, str], ...] = (
    (
        "Why this matters to you",
        "Every city has people who make a difference in their neighbourhood. They bring residents, "
        "community groups and public services together, and they do it from within or from "
        "beside the institutions. We call them smart urban intermediaries. What they achieve adds "
        "value, and where trouble is prevented it may save money as well.",
    ),
    (
        "What helps and what hinders",
        "Respect and learning grow where professionals and politicians meet people as equals. The "
        "culture of an organisation can make that easy or hard. Ways of involving a community that "
        "leave differences of power aside, or do not see diverse traditions and needs, close "
        "the doors they mean to open.",
    ),
    (
        "Capacity",
        "Give intermediaries time to learn from one another, and let staff learn from them. "
        "Recognise experience that comes without a certificate.",
    ),
    (
        "Governance",
        "Name somebody who may say yes. Keep rules proportionate to the sums at stake. Invite "
        "intermediaries before the plan is drawn.",
    ),
    (
        "Resources",
        "Fund the connecting work and not only projects. Small, quick, long-lasting support does "
        "more than one large grant.",
    ),
    (
        "About this brief",
        "A demonstration text of the Outreach software, in its own words, about the SmartUrbI "
        "project (2017 to 2019). SmartUrbI is supported by the JPI Urban Europe ERA-NET Cofund "
        "Smart Urban Futures (ENSUF) Call.",
    ),
)
REPORT_TITLE = "Report: people who make a difference in neighbourhoods"
REPORT: tuple[tuple[str, str], ...] = tuple(
    (f"Chapter {number}: {head.lower()}", text)
    for number, (head, text) in enumerate(BRIEF, start=1)
)
