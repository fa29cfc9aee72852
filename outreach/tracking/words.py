"""What readers are told where a link of a letter leads nowhere, in the languages of our letters."""

from collections.abc import Mapping
from types import MappingProxyType

from outreach.core.text import LocalText

_UNKNOWN = {
    "title": LocalText(
        en="This link leads nowhere",
        de="Dieser Link führt nirgendwohin",
        fr="Ce lien ne mène nulle part",
        nl="Deze link leidt nergens heen",
        da="Dette link fører ingen steder hen",
        es="Este enlace no lleva a ninguna parte",
    ),
    "lead": LocalText(
        en="It is not a link of one of our letters, or your mail program has cut it off or changed "
        "it.",
        de="Er stammt aus keinem unserer Briefe, oder Ihr Mailprogramm hat ihn abgeschnitten oder "
        "verändert.",
        fr="Il ne vient d’aucune de nos lettres, ou votre messagerie l’a coupé ou modifié.",
        nl="Hij komt uit geen van onze brieven, of uw mailprogramma heeft hem afgekapt of "
        "veranderd.",
        da="Det stammer ikke fra et af vores breve, eller dit mailprogram har afkortet eller "
        "ændret det.",
        es="No procede de ninguna de nuestras cartas, o su programa de correo lo ha cortado o "
        "modificado.",
    ),
    "what": LocalText(
        en="Open the letter again and follow its link from there, or copy the whole address. "
        "Nothing was recorded.",
        de="Öffnen Sie den Brief noch einmal und folgen Sie dem Link von dort, oder kopieren Sie "
        "die ganze Adresse. Es wurde nichts festgehalten.",
        fr="Rouvrez la lettre et suivez le lien depuis celle-ci, ou copiez l’adresse entière. Rien "
        "n’a été enregistré.",
        nl="Open de brief opnieuw en volg de link van daaruit, of kopieer het hele adres. Er is "
        "niets vastgelegd.",
        da="Åbn brevet igen og følg linket derfra, eller kopiér hele adressen. Intet blev "
        "registreret.",
        es="Abra de nuevo la carta y siga el enlace desde allí, o copie la dirección completa. No "
        "se ha registrado nada.",
    ),
    "go": LocalText(
        en="Go to our first page",
        de="Zu unserer Startseite",
        fr="Aller à notre page d’accueil",
        nl="Naar onze startpagina",
        da="Gå til vores forside",
        es="Ir a nuestra página principal",
    ),
}
_AWAY = {
    "title": LocalText(
        en="One moment, please",
        de="Einen Moment, bitte",
        fr="Un instant, s’il vous plaît",
        nl="Een ogenblik, alstublieft",
        da="Et øjeblik",
        es="Un momento, por favor",
    ),
    "lead": LocalText(
        en="We cannot look up this link just now. The link itself is fine.",
        de="Wir können diesen Link gerade nicht nachschlagen. Der Link selbst ist in Ordnung.",
        fr="Nous ne pouvons pas retrouver ce lien pour l’instant. Le lien lui-même est bon.",
        nl="We kunnen deze link nu niet opzoeken. De link zelf is in orde.",
        da="Vi kan ikke slå dette link op lige nu. Selve linket er i orden.",
        es="Ahora mismo no podemos consultar este enlace. El enlace en sí está bien.",
    ),
    "what": LocalText(
        en="Please try again in a minute: reload this page, or follow the link in your letter once "
        "more.",
        de="Bitte versuchen Sie es in einer Minute noch einmal: Laden Sie diese Seite neu, oder "
        "folgen Sie dem Link in Ihrem Brief erneut.",
        fr="Réessayez dans une minute : rechargez cette page, ou suivez encore une fois le lien de "
        "votre lettre.",
        nl="Probeer het over een minuut opnieuw: laad deze pagina opnieuw, of volg de link in uw "
        "brief nog eens.",
        da="Prøv igen om et minut: genindlæs siden, eller følg linket i dit brev endnu en gang.",
        es="Inténtelo de nuevo en un minuto: recargue esta página o siga otra vez el enlace de su "
        "carta.",
    ),
    "go": LocalText(
        en="Try again",
        de="Noch einmal versuchen",
        fr="Réessayer",
        nl="Opnieuw proberen",
        da="Prøv igen",
        es="Intentar de nuevo",
    ),
}
_WITHDRAWN = {
    "title": LocalText(
        en="This document is no longer offered",
        de="Dieses Dokument wird nicht mehr angeboten",
        fr="Ce document n’est plus proposé",
        nl="Dit document wordt niet meer aangeboden",
        da="Dette dokument tilbydes ikke længere",
        es="Este documento ya no se ofrece",
    ),
    "lead": LocalText(
        en="“{title}” was taken back after the letter that led you here was sent.",
        de="„{title}“ wurde zurückgezogen, nachdem der Brief, der Sie hierher führte, verschickt "
        "war.",
        fr="« {title} » a été retiré après l’envoi de la lettre qui vous a mené ici.",
        nl="‘{title}’ is teruggetrokken nadat de brief die u hierheen bracht was verstuurd.",
        da="»{title}« blev trukket tilbage, efter at brevet, der førte dig hertil, var sendt.",
        es="«{title}» se retiró después de enviarse la carta que le trajo aquí.",
    ),
    "what": LocalText(
        en="The page of the result it belongs to has the newest documents, and a way to ask about "
        "this one.",
        de="Auf der Seite des Ergebnisses, zu dem es gehört, finden Sie die neuesten Dokumente und "
        "können nach diesem fragen.",
        fr="La page du résultat auquel il appartient propose les documents les plus récents, et un "
        "moyen de demander celui-ci.",
        nl="Op de pagina van het resultaat waarbij het hoort, staan de nieuwste documenten, en "
        "kunt u naar dit document vragen.",
        da="Siden for det resultat, det hører til, har de nyeste dokumenter, og der kan du spørge "
        "til dette.",
        es="En la página del resultado al que pertenece están los documentos más recientes y puede "
        "preguntar por este.",
    ),
    "alone": LocalText(
        en="You can ask us about it; we answer by mail.",
        de="Sie können uns danach fragen; wir antworten per E-Mail.",
        fr="Vous pouvez nous interroger à son sujet ; nous répondons par courriel.",
        nl="U kunt ons ernaar vragen; we antwoorden per e-mail.",
        da="Du kan spørge os om det; vi svarer pr. e-mail.",
        es="Puede preguntarnos por él; respondemos por correo.",
    ),
    "go": LocalText(
        en="Ask us",
        de="Fragen Sie uns",
        fr="Posez-nous la question",
        nl="Vraag het ons",
        da="Spørg os",
        es="Pregúntenos",
    ),
}
PAGES: Mapping[str, Mapping[str, LocalText]] = MappingProxyType(
    {"unknown": _UNKNOWN, "away": _AWAY, "withdrawn": _WITHDRAWN}
)


def words_of(page: str, language: str) -> Mapping[str, str]:
    """Return what a page says, by the place where it stands."""
    return {place: text.pick(language) for place, text in PAGES[page].items()}
