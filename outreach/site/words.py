"""The phrases of public pages, in the languages of our letters; braces are filled by `phrase`."""

from collections.abc import Mapping
from types import MappingProxyType

_LANGUAGES = ("en", "de", "fr", "nl", "da", "es")
_ROWS = {
    "skip": (
        "Skip to the content",
        "Zum Inhalt springen",
        "Aller au contenu",
        "Naar de inhoud",
        "Gå til indholdet",
        "Ir al contenido",
    ),
    "home_title": (
        "Project results, for people who can act on them",
        "Projektergebnisse für Menschen, die etwas daraus machen können",
        "Des résultats de projets, pour celles et ceux qui peuvent agir",
        "Projectresultaten, voor mensen die er iets mee kunnen doen",
        "Projektresultater til dem, der kan handle på dem",
        "Resultados de proyectos, para quienes pueden actuar",
    ),
    "home_lead": (
        "Research projects tell here what they found: in short, with the policy briefs and reports "
        "to download, the questions others asked, and a way to ask your own.",
        "Forschungsprojekte erzählen hier, was sie herausgefunden haben: kurz, mit Policy Briefs "
        "und Berichten zum Herunterladen, den Fragen anderer und einem Weg, selbst zu fragen.",
        "Des projets de recherche disent ici ce qu’ils ont trouvé : en bref, avec les notes et "
        "rapports à télécharger, les questions des autres et un moyen de poser la vôtre.",
        "Onderzoeksprojecten vertellen hier wat ze vonden: kort, met beleidsnota’s en rapporten om "
        "te downloaden, de vragen van anderen en een manier om zelf iets te vragen.",
        "Forskningsprojekter fortæller her, hvad de fandt: kort, med policy briefs og rapporter "
        "til download, andres spørgsmål og en vej til at stille dine egne.",
        "Los proyectos de investigación cuentan aquí lo que hallaron: en breve, con informes para "
        "descargar, las preguntas de otras personas y una forma de hacer la suya.",
    ),
    "latest": (
        "Latest results",
        "Neueste Ergebnisse",
        "Derniers résultats",
        "Nieuwste resultaten",
        "Seneste resultater",
        "Últimos resultados",
    ),
    "nothing_yet": (
        "Nothing has been published yet.",
        "Noch ist nichts veröffentlicht.",
        "Rien n’est encore publié.",
        "Er is nog niets gepubliceerd.",
        "Intet er offentliggjort endnu.",
        "Aún no se ha publicado nada.",
    ),
    "subscribe": (
        "Subscribe to new results",
        "Neue Ergebnisse abonnieren",
        "S’abonner aux nouveaux résultats",
        "Abonneer u op nieuwe resultaten",
        "Abonnér på nye resultater",
        "Suscribirse a nuevos resultados",
    ),
    "sign_in": (
        "Sign in (staff and partners)",
        "Anmelden (Team und Partner)",
        "Connexion (équipe et partenaires)",
        "Aanmelden (medewerkers en partners)",
        "Log ind (medarbejdere og partnere)",
        "Acceder (equipo y socios)",
    ),
    "documents": (
        "Documents",
        "Dokumente",
        "Documents",
        "Documenten",
        "Dokumenter",
        "Documentos",
    ),
    "download": (
        "Download",
        "Herunterladen",
        "Télécharger",
        "Downloaden",
        "Download",
        "Descargar",
    ),
    "work_as": (
        "I work as … (optional)",
        "Ich arbeite als … (freiwillig)",
        "Je travaille comme … (facultatif)",
        "Ik werk als … (hoeft niet)",
        "Jeg arbejder som … (valgfrit)",
        "Trabajo como … (opcional)",
    ),
    "work_as_why": (
        "It helps the project to tell which roles its documents reach. Only the number is kept.",
        "So kann das Projekt sagen, welche Rollen seine Dokumente erreichen. Gezählt wird nur.",
        "Le projet peut ainsi dire quels rôles il atteint. Seul le nombre est conservé.",
        "Zo kan het project zeggen welke rollen het bereikt. Alleen het aantal wordt bewaard.",
        "Så kan projektet sige, hvilke roller det når. Kun antallet gemmes.",
        "Así el proyecto puede decir a qué roles llega. Solo se guarda el número.",
    ),
    "rather_not_say": (
        "Rather not say",
        "Keine Angabe",
        "Je préfère ne pas le dire",
        "Zeg ik liever niet",
        "Vil helst ikke sige det",
        "Prefiero no decirlo",
    ),
    "get": ("Get it", "Holen", "L’obtenir", "Ophalen", "Hent", "Obtener"),
    "read_at": (
        "Read it at {site}",
        "Lesen bei {site}",
        "À lire sur {site}",
        "Lees het op {site}",
        "Læs det på {site}",
        "Leer en {site}",
    ),
    "about_document": (
        "About this document",
        "Über dieses Dokument",
        "À propos de ce document",
        "Over dit document",
        "Om dette dokument",
        "Sobre este documento",
    ),
    "faq": (
        "Frequently asked questions",
        "Häufige Fragen",
        "Questions fréquentes",
        "Veelgestelde vragen",
        "Ofte stillede spørgsmål",
        "Preguntas frecuentes",
    ),
    "ask_title": (
        "Questions? Ask us",
        "Fragen? Fragen Sie uns",
        "Des questions ? Écrivez-nous",
        "Vragen? Stel ze ons",
        "Spørgsmål? Spørg os",
        "¿Preguntas? Escríbanos",
    ),
    "ask_lead": (
        "People of the project answer you.",
        "Menschen aus dem Projekt antworten Ihnen.",
        "Des personnes du projet vous répondent.",
        "Mensen van het project antwoorden u.",
        "Folk fra projektet svarer dig.",
        "Le responden personas del proyecto.",
    ),
    "ask": (
        "Ask a question",
        "Eine Frage stellen",
        "Poser une question",
        "Stel een vraag",
        "Stil et spørgsmål",
        "Hacer una pregunta",
    ),
    "or_write": (
        "Or write to",
        "Oder schreiben Sie an",
        "Ou écrivez à",
        "Of schrijf naar",
        "Eller skriv til",
        "O escriba a",
    ),
    "partners": (
        "Partners",
        "Partner",
        "Partenaires",
        "Partners",
        "Partnere",
        "Socios",
    ),
    "coordinator": (
        "coordinator",
        "Koordination",
        "coordination",
        "coördinator",
        "koordinator",
        "coordinación",
    ),
    "project": ("Project", "Projekt", "Projet", "Project", "Projekt", "Proyecto"),
    "funding": ("Funding", "Förderung", "Financement", "Financiering", "Støtte", "Financiación"),
    "archived": (
        "This page is kept for readers of earlier letters and is no longer kept up to date.",
        "Diese Seite bleibt für Leser früherer Briefe und wird nicht mehr gepflegt.",
        "Cette page reste pour les lecteurs d’anciennes lettres et n’est plus tenue à jour.",
        "Deze pagina blijft voor lezers van eerdere brieven en wordt niet meer bijgewerkt.",
        "Siden bevares for læsere af tidligere breve og opdateres ikke længere.",
        "Esta página se conserva para lectores de cartas anteriores y ya no se actualiza.",
    ),
    "taken_back": (
        "The document itself is no longer offered.",
        "Das Dokument selbst wird nicht mehr angeboten.",
        "Le document lui-même n’est plus proposé.",
        "Het document zelf wordt niet meer aangeboden.",
        "Selve dokumentet tilbydes ikke længere.",
        "El documento en sí ya no se ofrece.",
    ),
    "part_of": (
        "It belongs to the result",
        "Es gehört zum Ergebnis",
        "Il fait partie du résultat",
        "Het hoort bij het resultaat",
        "Det hører til resultatet",
        "Pertenece al resultado",
    ),
    "leaves": (
        "This leads to another site: {site}.",
        "Das führt zu einer anderen Website: {site}.",
        "Ceci mène à un autre site : {site}.",
        "Dit leidt naar een andere site: {site}.",
        "Dette fører til et andet websted: {site}.",
        "Esto lleva a otro sitio: {site}.",
    ),
    "versions": (
        "Languages and versions",
        "Sprachen und Fassungen",
        "Langues et versions",
        "Talen en versies",
        "Sprog og versioner",
        "Idiomas y versiones",
    ),
    "earlier": (
        "Earlier versions",
        "Frühere Fassungen",
        "Versions antérieures",
        "Eerdere versies",
        "Tidligere versioner",
        "Versiones anteriores",
    ),
    "version": ("Version", "Fassung", "Version", "Versie", "Version", "Versión"),
    "language": ("Language", "Sprache", "Langue", "Taal", "Sprog", "Idioma"),
    "size": ("Size", "Größe", "Taille", "Grootte", "Størrelse", "Tamaño"),
    "pages": ("Pages", "Seiten", "Pages", "Pagina’s", "Sider", "Páginas"),
    "kind": ("Kind", "Art", "Type", "Soort", "Type", "Tipo"),
    "published": ("Published", "Veröffentlicht", "Publié", "Gepubliceerd", "Udgivet", "Publicado"),
    "also_in": (
        "This page in other languages",
        "Diese Seite in anderen Sprachen",
        "Cette page dans d’autres langues",
        "Deze pagina in andere talen",
        "Denne side på andre sprog",
        "Esta página en otros idiomas",
    ),
    "all_results": (
        "All results",
        "Alle Ergebnisse",
        "Tous les résultats",
        "Alle resultaten",
        "Alle resultater",
        "Todos los resultados",
    ),
    "privacy": (
        "Privacy",
        "Datenschutz",
        "Vie privée",
        "Privacy",
        "Privatliv",
        "Privacidad",
    ),
}
_PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {name: dict(zip(_LANGUAGES, row, strict=True)) for name, row in _ROWS.items()}
)
NAMES = tuple(_PHRASES)


def phrase(name: str, language: str, **values: str) -> str:
    """Return a phrase in `language`, in English where we do not speak it."""
    words = _PHRASES[name]
    return words.get(language, words["en"]).format(**values)
