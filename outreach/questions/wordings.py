"""The words of the public form and of the page after it, in the languages of our public pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class AskWords:
    """Everything `/ask` says; braces are filled by us."""

    title: str
    lead: str
    about: str
    question: str
    question_hint: str
    left: str
    too_many: str
    optional: str
    email: str
    email_hint: str
    name: str
    role: str
    no_role: str
    trap: str
    send: str
    by_mail: str
    faq: str
    not_sent: str
    missing: str
    too_long: str
    bad_email: str
    name_too_long: str
    sent: str
    reference: str
    next_mail: str
    next_nothing: str
    back: str
    another: str
    tried: str
    tried_sent: str
    tried_body: str
    really: str
    skip: str
    privacy: str


_ENGLISH = AskWords(
    title="Ask a question",
    lead="The people behind the work read it and answer.",
    about="About",
    question="Your question",
    question_hint="Up to {limit} characters.",
    left="{count} characters left",
    too_many="{count} characters too many",
    optional="optional",
    email="E-mail for the answer",
    email_hint="Only to answer you.",
    name="Name",
    role="I work as …",
    no_role="Rather not say",
    trap="Leave this field empty",
    send="Send the question",
    by_mail="Or write to",
    faq="Perhaps answered already",
    not_sent="Not sent yet",
    missing="Write your question here.",
    too_long="It has {count} characters; please shorten it to {limit}.",
    bad_email="Write it like ada@example.org, or leave it empty.",
    name_too_long="Please shorten it to {limit} characters.",
    sent="Your question has arrived",
    reference="Reference",
    next_mail="A person reads it and answers to the address you gave. Name the reference if you"
    " write to us about it.",
    next_nothing="You left no address, so we cannot write to you. If the answer helps others too,"
    " it appears among the questions on the result’s page.",
    back="Back to",
    another="Ask something else",
    tried="You came here by a test letter or a preview: what you send here is kept nowhere and"
    " nobody is told.",
    tried_sent="A test: nothing was kept",
    tried_body="From a letter that was really sent, your question would have arrived now. You"
    " wrote:",
    really="Ask a real question",
    skip="Skip to the content",
    privacy="Privacy",
)
_WORDS: Mapping[str, AskWords] = MappingProxyType(
    {
        "en": _ENGLISH,
        "de": AskWords(
            title="Eine Frage stellen",
            lead="Die Menschen hinter der Arbeit lesen sie und antworten.",
            about="Zu",
            question="Ihre Frage",
            question_hint="Bis zu {limit} Zeichen.",
            left="noch {count} Zeichen",
            too_many="{count} Zeichen zu viel",
            optional="freiwillig",
            email="E-Mail für die Antwort",
            email_hint="Nur, um Ihnen zu antworten.",
            name="Name",
            role="Ich arbeite als …",
            no_role="Keine Angabe",
            trap="Dieses Feld leer lassen",
            send="Frage absenden",
            by_mail="Oder schreiben Sie an",
            faq="Vielleicht schon beantwortet",
            not_sent="Noch nicht abgesendet",
            missing="Schreiben Sie hier Ihre Frage.",
            too_long="Sie hat {count} Zeichen; bitte kürzen Sie auf {limit}.",
            bad_email="Schreiben Sie sie wie ada@example.org, oder lassen Sie das Feld leer.",
            name_too_long="Bitte kürzen Sie auf {limit} Zeichen.",
            sent="Ihre Frage ist angekommen",
            reference="Kennzeichen",
            next_mail="Ein Mensch liest sie und antwortet an die angegebene Adresse. Nennen Sie"
            " das Kennzeichen, wenn Sie uns dazu schreiben.",
            next_nothing="Sie haben keine Adresse angegeben, darum können wir Ihnen nicht"
            " schreiben. Hilft die Antwort auch anderen, erscheint sie bei den Fragen auf der"
            " Seite des Ergebnisses.",
            back="Zurück zu",
            another="Etwas anderes fragen",
            tried="Sie kommen aus einem Testbrief oder einer Vorschau: Was Sie hier absenden,"
            " wird nicht aufbewahrt, und niemand erfährt davon.",
            tried_sent="Ein Test: nichts wurde aufbewahrt",
            tried_body="Aus einem wirklich versandten Brief wäre Ihre Frage jetzt angekommen. Sie"
            " schrieben:",
            really="Eine echte Frage stellen",
            skip="Zum Inhalt springen",
            privacy="Datenschutz",
        ),
        "fr": AskWords(
            title="Poser une question",
            lead="Les personnes qui ont mené ce travail la lisent et y répondent.",
            about="À propos de",
            question="Votre question",
            question_hint="{limit} caractères au plus.",
            left="encore {count} caractères",
            too_many="{count} caractères de trop",
            optional="facultatif",
            email="E-mail pour la réponse",
            email_hint="Uniquement pour vous répondre.",
            name="Nom",
            role="Je travaille comme …",
            no_role="Je préfère ne pas le dire",
            trap="Laissez ce champ vide",
            send="Envoyer la question",
            by_mail="Ou écrivez à",
            faq="Peut-être déjà répondu",
            not_sent="Pas encore envoyée",
            missing="Écrivez ici votre question.",
            too_long="Elle compte {count} caractères ; veuillez la ramener à {limit}.",
            bad_email="Écrivez-le comme ada@example.org, ou laissez le champ vide.",
            name_too_long="Veuillez le ramener à {limit} caractères.",
            sent="Votre question est arrivée",
            reference="Référence",
            next_mail="Une personne la lit et répond à l’adresse donnée. Indiquez la référence si"
            " vous nous écrivez à ce sujet.",
            next_nothing="Vous n’avez pas laissé d’adresse, nous ne pouvons donc pas vous écrire."
            " Si la réponse est utile à d’autres, elle paraîtra parmi les questions sur la page"
            " du résultat.",
            back="Retour à",
            another="Poser une autre question",
            tried="Vous venez d’une lettre d’essai ou d’un aperçu : ce que vous envoyez ici n’est"
            " pas conservé et personne n’en est informé.",
            tried_sent="Un essai : rien n’a été conservé",
            tried_body="Depuis une lettre réellement envoyée, votre question serait arrivée. Vous"
            " avez écrit :",
            really="Poser une vraie question",
            skip="Aller au contenu",
            privacy="Vie privée",
        ),
        "nl": AskWords(
            title="Stel een vraag",
            lead="De mensen achter het werk lezen ze en antwoorden.",
            about="Over",
            question="Uw vraag",
            question_hint="Tot {limit} tekens.",
            left="nog {count} tekens",
            too_many="{count} tekens te veel",
            optional="niet verplicht",
            email="E-mail voor het antwoord",
            email_hint="Alleen om u te antwoorden.",
            name="Naam",
            role="Ik werk als …",
            no_role="Zeg ik liever niet",
            trap="Laat dit veld leeg",
            send="Vraag versturen",
            by_mail="Of schrijf naar",
            faq="Misschien al beantwoord",
            not_sent="Nog niet verstuurd",
            missing="Schrijf hier uw vraag.",
            too_long="Ze telt {count} tekens; kort ze in tot {limit}.",
            bad_email="Schrijf het als ada@example.org, of laat het veld leeg.",
            name_too_long="Kort hem in tot {limit} tekens.",
            sent="Uw vraag is aangekomen",
            reference="Kenmerk",
            next_mail="Een mens leest ze en antwoordt op het adres dat u gaf. Vermeld het kenmerk"
            " als u ons erover schrijft.",
            next_nothing="U hebt geen adres gegeven, dus we kunnen u niet schrijven. Helpt het"
            " antwoord ook anderen, dan verschijnt het bij de vragen op de pagina van het"
            " resultaat.",
            back="Terug naar",
            another="Iets anders vragen",
            tried="U komt uit een testbrief of een voorbeeld: wat u hier verstuurt, wordt nergens"
            " bewaard en niemand krijgt bericht.",
            tried_sent="Een test: er is niets bewaard",
            tried_body="Uit een echt verstuurde brief was uw vraag nu aangekomen. U schreef:",
            really="Stel een echte vraag",
            skip="Naar de inhoud",
            privacy="Privacy",
        ),
        "da": AskWords(
            title="Stil et spørgsmål",
            lead="Menneskene bag arbejdet læser det og svarer.",
            about="Om",
            question="Dit spørgsmål",
            question_hint="Højst {limit} tegn.",
            left="{count} tegn tilbage",
            too_many="{count} tegn for meget",
            optional="frivilligt",
            email="E-mail til svaret",
            email_hint="Kun for at svare dig.",
            name="Navn",
            role="Jeg arbejder som …",
            no_role="Vil helst ikke sige det",
            trap="Lad dette felt være tomt",
            send="Send spørgsmålet",
            by_mail="Eller skriv til",
            faq="Måske allerede besvaret",
            not_sent="Ikke sendt endnu",
            missing="Skriv dit spørgsmål her.",
            too_long="Det har {count} tegn; forkort det til {limit}.",
            bad_email="Skriv den som ada@example.org, eller lad feltet være tomt.",
            name_too_long="Forkort det til {limit} tegn.",
            sent="Dit spørgsmål er kommet frem",
            reference="Reference",
            next_mail="Et menneske læser det og svarer til den adresse, du gav. Nævn referencen,"
            " hvis du skriver til os om det.",
            next_nothing="Du gav ingen adresse, så vi kan ikke skrive til dig. Hjælper svaret også"
            " andre, kommer det blandt spørgsmålene på resultatets side.",
            back="Tilbage til",
            another="Spørg om noget andet",
            tried="Du kommer fra et testbrev eller en forhåndsvisning: det, du sender her, gemmes"
            " ikke, og ingen får besked.",
            tried_sent="En test: intet blev gemt",
            tried_body="Fra et brev, der virkelig var sendt, var dit spørgsmål nu kommet frem. Du"
            " skrev:",
            really="Stil et rigtigt spørgsmål",
            skip="Gå til indholdet",
            privacy="Privatliv",
        ),
        "es": AskWords(
            title="Hacer una pregunta",
            lead="Quienes hicieron el trabajo la leen y responden.",
            about="Sobre",
            question="Su pregunta",
            question_hint="Hasta {limit} caracteres.",
            left="quedan {count} caracteres",
            too_many="sobran {count} caracteres",
            optional="opcional",
            email="Correo para la respuesta",
            email_hint="Solo para responderle.",
            name="Nombre",
            role="Trabajo como …",
            no_role="Prefiero no decirlo",
            trap="Deje este campo vacío",
            send="Enviar la pregunta",
            by_mail="O escriba a",
            faq="Quizá ya respondido",
            not_sent="Aún no enviada",
            missing="Escriba aquí su pregunta.",
            too_long="Tiene {count} caracteres; acórtela a {limit}.",
            bad_email="Escríbalo como ada@example.org, o deje el campo vacío.",
            name_too_long="Acórtelo a {limit} caracteres.",
            sent="Su pregunta ha llegado",
            reference="Referencia",
            next_mail="Una persona la lee y responde a la dirección que dio. Indique la referencia"
            " si nos escribe sobre ella.",
            next_nothing="No dejó ninguna dirección, así que no podemos escribirle. Si la respuesta"
            " ayuda a otros, aparecerá entre las preguntas en la página del resultado.",
            back="Volver a",
            another="Preguntar otra cosa",
            tried="Llega desde una carta de prueba o una vista previa: lo que envíe aquí no se"
            " guarda y nadie recibe aviso.",
            tried_sent="Una prueba: no se guardó nada",
            tried_body="Desde una carta enviada de verdad, su pregunta habría llegado ahora."
            " Usted escribió:",
            really="Hacer una pregunta de verdad",
            skip="Ir al contenido",
            privacy="Privacidad",
        ),
    }
)


def ask_words(language: str) -> AskWords:
    """Return the words in a language, in English where we do not speak it."""
    return _WORDS.get(language[:2], _ENGLISH)
