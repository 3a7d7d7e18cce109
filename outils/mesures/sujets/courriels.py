"""Les convocations par la boîte d'envoi, à côté d'une boucle SMTP nue, à connexion gardée, des mêmes octets.

Le produit réserve chaque courriel, le verrouille, le compose, l'envoie et l'écrit, avec ce que son départ change aux
candidatures. La boucle nue envoie des messages tout faits. La base est sur une grappe qui écrit son journal sur le
disque à chaque validation, comme en service.
"""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.test.utils import override_settings
from django.utils import timezone
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from candidatures.models import Candidature
from candidatures.rules import Etat
from courriers.messages import composer
from courriers.models import Courriel
from courriers.moteur_pdf import FichiersDuProjet
from courriers.pdf import STATIQUES
from courriers.pieces import a_fabriquer, declarer, fabriquer
from courriers.rules import EtatCourriel
from courriers.tasks import TAILLE_D_UN_LOT, faire_partir_les_courriers
from entretiens.emails import Destination
from entretiens.models import Convocation
from entretiens.pdf import feuille_de
from entretiens.rules.etats import NatureConvocation
from entretiens.services.convocations.courrier import poster_les_convocations
from outils.mesures import puits
from outils.mesures.chronometre import Chronometre, Geste, compter_les_instructions, memoire_prise
from outils.mesures.lignes import HORLOGE, Ligne, ligne
from outils.mesures.ouvriers import embauches

MESSAGES, TOURS = TAILLE_D_UN_LOT, 5
MESSAGES_A_COMPOSER, TOURS_A_COMPOSER = 20, 3
RAPPORT_VISE = 2.0
TOUTE_FAITE = "mesure.piece"
UNE_CONVOCATION = "Une convocation, pièces déjà composées"
# Ceux de l'atelier des courriels, en service.
OUVRIERS = 2
RIEN: Geste = bool


@dataclass(slots=True)
class Lot:
    """Des convocations à venir, une par message, reposées avant chaque tour."""

    convocations: list[Convocation]

    @classmethod
    def de(cls, combien: int) -> "Lot":
        avenir = Convocation.objects.filter(periode__startswith__gt=timezone.now()).avec_document().order_by("pk")
        return cls(list(avenir[:combien]))

    @transaction.atomic
    def poser(self) -> None:
        """Remet tout comme avant l'envoi : candidatures planifiées, un courriel par convocation."""
        Courriel.objects.all().delete()
        candidatures = Candidature.objects.filter(entretiens__convocations__in=self.convocations)
        candidatures.update(etat=Etat.PLANIFIEE)
        le = timezone.now()
        for convocation in self.convocations:
            adresse = convocation.entretien.candidature.eleve.etablissement.messagerie
            vers = Destination(adresse, NatureConvocation.INITIALE, (convocation,))
            poster_les_convocations(convocation.envoi, [vers], part_le=le, le=le)

    def envoyer(self) -> None:
        faire_partir_les_courriers()
        self.verifier()

    def verifier(self) -> None:
        if Courriel.objects.exclude(etat=EtatCourriel.ENVOYE).exists():
            raise RuntimeError("Tous les courriels ne sont pas partis.")


def mesurer(
    dire: Callable[[str], None],
    *,
    messages: int = MESSAGES,
    tours: int = TOURS,
    a_composer: int = MESSAGES_A_COMPOSER,
    tours_a_composer: int = TOURS_A_COMPOSER,
) -> list[Ligne]:
    with puits.ouvert() as ou, _vers(ou.port):
        chronometre = Chronometre(sauf=ou.pid)
        dire("Un message, pièces déjà composées")
        toutes_faites = _toutes_faites(chronometre, Lot.de(messages * OUVRIERS), Lot.de(messages), tours)
        dire("Un message, pièces composées en chemin")
        return [*toutes_faites, _composees(chronometre, Lot.de(a_composer), tours_a_composer)]


def _toutes_faites(chronometre: Chronometre, tout: Lot, lot: Lot, tours: int) -> list[Ligne]:
    """Les deux envoient les mêmes octets ; ce qui reste au produit est la boîte d'envoi."""
    _declarer_les_pieces(tout)
    seul = _comparer(chronometre, UNE_CONVOCATION, lot, lambda: _poser(lot), lot.envoyer, RIEN, tours)
    with embauches(OUVRIERS, faire_partir_les_courriers) as faire_partir:

        def envoyer() -> None:
            faire_partir()
            tout.verifier()

        nom = f"{UNE_CONVOCATION}, {OUVRIERS} ouvriers"
        ensemble = _comparer(chronometre, nom, tout, lambda: _poser(tout), envoyer, RIEN, tours)
        # Ce qui se passe dans les ouvriers ne se compte pas d'ici.
        return [seul, replace(ensemble, instructions=None, memoire=None)]


def _declarer_les_pieces(lot: Lot) -> None:
    """Compose une fois toutes les pièces d'un lot : elles se rendent ensuite telles quelles."""
    lot.poser()
    pieces = {courriel.cle: [fabriquer(piece) for piece in courriel.pieces] for courriel in Courriel.objects.all()}
    declarer(TOUTE_FAITE, lambda cle, rang: pieces[cle][rang])


def _poser(lot: Lot) -> None:
    lot.poser()
    for courriel in Courriel.objects.all():
        courriel.pieces = [a_fabriquer(TOUTE_FAITE, cle=courriel.cle, rang=n) for n in range(len(courriel.pieces))]
        courriel.save(update_fields=["pieces"])


def _composees(chronometre: Chronometre, lot: Lot, tours: int) -> Ligne:
    """WeasyPrint nu : mêmes pages, feuille de style et polices lues une fois, sans processus à part ni agenda."""
    pages = [_page(convocation) for convocation in lot.convocations]
    polices, fichiers = FontConfiguration(), FichiersDuProjet(STATIQUES)
    style = CSS(filename=STATIQUES / "css" / "documents.css", font_config=polices, url_fetcher=fichiers)

    def composer_nu() -> None:
        for page in pages:
            document = HTML(string=page, base_url=STATIQUES.as_uri() + "/", url_fetcher=fichiers)
            document.write_pdf(stylesheets=[style], font_config=polices, pdf_variant="pdf/ua-1")

    nom = "Une convocation, PDF composé en chemin"
    return _comparer(chronometre, nom, lot, lot.poser, lot.envoyer, composer_nu, tours)


def _page(convocation: Convocation) -> str:
    contexte = {"feuilles": [feuille_de(convocation)], "droits": settings.ADRESSE_PUBLIQUE, "titre": "Convocation"}
    return render_to_string("documents/convocation.html", contexte)


def _comparer(
    chronometre: Chronometre,
    nom: str,
    lot: Lot,
    poser: Geste,
    envoyer: Geste,
    composer_nu: Geste,
    tours: int,
) -> Ligne:
    poser()
    octets = [(c.destinataire, composer(c).message().as_bytes(linesep="\r\n")) for c in Courriel.objects.order_by("pk")]

    def envoyer_nu() -> None:
        composer_nu()
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as serveur:
            for destinataire, message in octets:
                serveur.sendmail(settings.DEFAULT_FROM_EMAIL, destinataire, message)

    gestes = {"produit": envoyer, "nu": envoyer_nu}
    releves = chronometre.alterner(gestes, tours=tours, echauffement=1, avant=poser)
    combien = len(octets)
    poser()
    instructions = compter_les_instructions(envoyer) / combien
    poser()
    return ligne(
        nom,
        releves,
        vise=RAPPORT_VISE,
        diviseur=combien,
        juge=HORLOGE,
        instructions=instructions,
        memoire=memoire_prise(envoyer),
        plus={"ko": sum(len(message) for _, message in octets) // combien // 1000},
    )


@contextmanager
def _vers(port: int) -> Iterator[None]:
    """Fait écrire Django au puits."""
    reglages: dict[str, Any] = {"EMAIL_HOST": puits.LOCALE, "EMAIL_PORT": port}
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", **reglages):
        yield
