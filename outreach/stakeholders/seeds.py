"""The nine roles every installation begins with, in the languages of letters.

They stand in their order of precedence: of several roles held, the first is the reporting role.
Names read after "You receive this as …", so they begin small where the language writes it so.
"""

from dataclasses import dataclass

from outreach.core.text import LocalText


@dataclass(frozen=True)
class RoleSeed:
    """A role as it is seeded; staff may reword it later."""

    slug: str
    name: LocalText
    plural: LocalText
    example: LocalText
    is_public: bool = False


ROLES: tuple[RoleSeed, ...] = (
    RoleSeed(
        "policy-maker",
        LocalText(
            en="policy-maker",
            de="Fachperson der Verwaltung",
            fr="responsable de politiques publiques",
            nl="beleidsmaker",
            da="embedsperson",
            es="responsable de políticas públicas",
        ),
        LocalText(
            en="policy-makers",
            de="Fachpersonen der Verwaltung",
            fr="responsables de politiques publiques",
            nl="beleidsmakers",
            da="embedspersoner",
            es="responsables de políticas públicas",
        ),
        LocalText(
            en="An official who prepares or carries out policy, say in a city or a ministry.",
            de="Wer in einer Stadt oder einem Ministerium Politik vorbereitet oder umsetzt.",
            fr="Un agent public qui prépare ou applique une politique, en ville ou au ministère.",
            nl="Een ambtenaar die beleid voorbereidt of uitvoert, bij een gemeente of ministerie.",
            da="En ansat, der forbereder eller udfører politik i en kommune eller et ministerium.",
            es="Quien prepara o aplica políticas en un ayuntamiento o un ministerio.",
        ),
        is_public=True,
    ),
    RoleSeed(
        "politician",
        LocalText(
            en="politician",
            de="Politiker:in",
            fr="responsable politique",
            nl="politicus",
            da="politiker",
            es="cargo político",
        ),
        LocalText(
            en="politicians",
            de="Politiker:innen",
            fr="responsables politiques",
            nl="politici",
            da="politikere",
            es="cargos políticos",
        ),
        LocalText(
            en="Elected, or working for someone elected: a councillor, a member's adviser.",
            de="Gewählt oder für Gewählte tätig: im Gemeinderat, im Büro einer Abgeordneten.",
            fr="Élu ou travaillant pour un élu : conseillère municipale, assistant parlementaire.",
            nl="Gekozen, of werkend voor een gekozene: een raadslid, een fractiemedewerker.",
            da="Valgt eller ansat hos en valgt: et byrådsmedlem, en politisk rådgiver.",
            es="Con cargo electo o en su equipo: una concejala, un asesor parlamentario.",
        ),
        is_public=True,
    ),
    RoleSeed(
        "ngo",
        LocalText(en="NGO", de="NGO", fr="ONG", nl="ngo", da="NGO", es="ONG"),
        LocalText(en="NGOs", de="NGOs", fr="ONG", nl="ngo’s", da="NGO’er", es="ONG"),
        LocalText(
            en="Works for an association, charity or citizens' initiative.",
            de="Arbeitet für einen Verein, eine Stiftung oder eine Bürgerinitiative.",
            fr="Travaille pour une association, une fondation ou une initiative citoyenne.",
            nl="Werkt voor een vereniging, goed doel of burgerinitiatief.",
            da="Arbejder for en forening, en velgørende organisation eller et borgerinitiativ.",
            es="Trabaja en una asociación, una fundación o una iniciativa ciudadana.",
        ),
    ),
    RoleSeed(
        "funder",
        LocalText(
            en="funder",
            de="Förderorganisation",
            fr="financeur",
            nl="financier",
            da="bevillingsgiver",
            es="entidad financiadora",
        ),
        LocalText(
            en="funders",
            de="Förderorganisationen",
            fr="financeurs",
            nl="financiers",
            da="bevillingsgivere",
            es="entidades financiadoras",
        ),
        LocalText(
            en="Decides on or looks after money for research and projects.",
            de="Entscheidet über Mittel für Forschung und Projekte oder betreut sie.",
            fr="Décide des fonds pour la recherche et les projets, ou en assure le suivi.",
            nl="Beslist over of beheert geld voor onderzoek en projecten.",
            da="Beslutter om eller forvalter midler til forskning og projekter.",
            es="Decide o gestiona fondos para investigación y proyectos.",
        ),
    ),
    RoleSeed(
        "practitioner",
        LocalText(
            en="practitioner",
            de="Fachkraft vor Ort",
            fr="acteur de terrain",
            nl="praktijkprofessional",
            da="praktiker",
            es="profesional sobre el terreno",
        ),
        LocalText(
            en="practitioners",
            de="Fachkräfte vor Ort",
            fr="acteurs de terrain",
            nl="praktijkprofessionals",
            da="praktikere",
            es="profesionales sobre el terreno",
        ),
        LocalText(
            en="Works with people or places on the ground: community work, planning, housing.",
            de="Arbeitet mit Menschen oder Orten: Gemeinwesenarbeit, Planung, Wohnen.",
            fr="Travaille avec les gens ou les lieux : vie sociale, urbanisme, logement.",
            nl="Werkt met mensen of plekken: buurtwerk, planning, wonen.",
            da="Arbejder med mennesker eller steder: boligsocialt arbejde, planlægning, byggeri.",
            es="Trabaja con personas o lugares: trabajo comunitario, urbanismo, vivienda.",
        ),
    ),
    RoleSeed(
        "researcher",
        LocalText(
            en="researcher",
            de="Forscher:in",
            fr="chercheur ou chercheuse",
            nl="onderzoeker",
            da="forsker",
            es="investigador o investigadora",
        ),
        LocalText(
            en="researchers",
            de="Forschende",
            fr="chercheuses et chercheurs",
            nl="onderzoekers",
            da="forskere",
            es="personal investigador",
        ),
        LocalText(
            en="Studies or teaches at a university or research institute.",
            de="Forscht oder lehrt an einer Hochschule oder einem Institut.",
            fr="Fait de la recherche ou enseigne à l’université ou dans un institut.",
            nl="Onderzoekt of doceert aan een universiteit of instituut.",
            da="Forsker eller underviser på et universitet eller et institut.",
            es="Investiga o enseña en una universidad o un instituto.",
        ),
    ),
    RoleSeed(
        "media",
        LocalText(
            en="media", de="Medien", fr="média", nl="media", da="medie", es="medio de comunicación"
        ),
        LocalText(
            en="media",
            de="Medien",
            fr="médias",
            nl="media",
            da="medier",
            es="medios de comunicación",
        ),
        LocalText(
            en="Writes, films or broadcasts: a journalist, an editor, a podcaster.",
            de="Schreibt, filmt oder sendet: Redaktion, Journalismus, Podcast.",
            fr="Écrit, filme ou diffuse : journaliste, rédactrice, créateur de podcast.",
            nl="Schrijft, filmt of zendt uit: een journalist, redacteur of podcaster.",
            da="Skriver, filmer eller sender: en journalist, en redaktør, en podcaster.",
            es="Escribe, filma o emite: periodista, redactora, autor de pódcast.",
        ),
    ),
    RoleSeed(
        "business",
        LocalText(
            en="business",
            de="Unternehmen",
            fr="entreprise",
            nl="bedrijf",
            da="virksomhed",
            es="empresa",
        ),
        LocalText(
            en="businesses",
            de="Unternehmen",
            fr="entreprises",
            nl="bedrijven",
            da="virksomheder",
            es="empresas",
        ),
        LocalText(
            en="Works in or for a company: a developer, a consultant, a start-up.",
            de="Arbeitet in oder für eine Firma: Projektentwicklung, Beratung, Start-up.",
            fr="Travaille dans ou pour une société : promotion, conseil, jeune pousse.",
            nl="Werkt in of voor een onderneming: een ontwikkelaar, adviseur of start-up.",
            da="Arbejder i eller for et firma: en udvikler, en rådgiver, en nystartet virksomhed.",
            es="Trabaja en o para una compañía: promoción, consultoría, empresa emergente.",
        ),
    ),
    RoleSeed(
        "citizen",
        LocalText(
            en="citizen",
            de="Bürger:in",
            fr="citoyen ou citoyenne",
            nl="burger",
            da="borger",
            es="ciudadano o ciudadana",
        ),
        LocalText(
            en="citizens",
            de="Bürger:innen",
            fr="citoyennes et citoyens",
            nl="burgers",
            da="borgere",
            es="ciudadanía",
        ),
        LocalText(
            en="Interested for yourself: a resident, a neighbour, a volunteer.",
            de="Aus eigenem Interesse: in der Nachbarschaft, im Ehrenamt.",
            fr="Par intérêt personnel : habitante, voisin, bénévole.",
            nl="Uit eigen belangstelling: een bewoner, buur of vrijwilliger.",
            da="Af egen interesse: en beboer, en nabo, en frivillig.",
            es="Por interés propio: una vecina, un residente, una voluntaria.",
        ),
    ),
)
