"""Les courriels qui portent des convocations : posés, refaits, retirés, réadressés (R25)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from candidatures.models import Eleve
from candidatures.services.preinscriptions import liens_de_suivi
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import est_une_adresse, poster_plusieurs, rappeler, remettre_en_file
from entretiens.emails import Destination, courriel_au_saio, courriel_de_convocations
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.rules.etats import EtatEntretien, NatureConvocation
from entretiens.services.convocations.adresses import confirmes_de, destinations
from entretiens.services.convocations.verrous import prendre_ce_qui_attend
from entretiens.services.convocations.versions import annonces_en_vigueur, revenir_a_l_annonce_precedente

SANS_SUITE = (EtatCourriel.RAPPELE, EtatCourriel.ABANDONNE)


def poster_les_convocations(envoi: Envoi, vers: Sequence[Destination], *, part_le: datetime, le: datetime) -> None:
    """Poste un courriel par destination, qui partira à `part_le`, et le lie à ses convocations (R25)."""
    courriels = poster_plusieurs(
        [
            courriel_de_convocations(destination, envoi, part_le=part_le, suivis=_suivis_de(destination, le=le))
            for destination in vers
        ],
        le=le,
    )
    liens = Convocation.courriels.through
    liens.objects.bulk_create(
        (
            liens(convocation_id=convocation.pk, courriel_id=courriel.pk)
            for destination, courriel in zip(vers, courriels, strict=True)
            for convocation in destination.convocations
        ),
        ignore_conflicts=True,
    )


def _suivis_de(destination: Destination, *, le: datetime) -> dict[int, str] | None:
    """Liens de suivi des élèves pré-inscrits à cette adresse, par élève ; `None` si l'établissement se connecte."""
    eleves = [convocation.entretien.candidature.eleve for convocation in destination.convocations]
    if not confirmes_de(eleves):
        return None
    return liens_de_suivi(eleves=eleves, courriel=destination.adresse, le=le)


def retirer_du_courrier(entretiens: Iterable[Entretien], *, le: datetime) -> dict[int, Convocation]:
    """Rappelle les courriels qui attendaient d'annoncer ces entretiens ; rend les convocations parties, par entretien.

    Un courriel commun à d'autres élèves est refait pour eux, une seule fois. Une version jamais partie ne compte plus ;
    celle qu'un essai interrompu a peut-être remise compte pour partie.
    """
    restent = {entretien.pk: entretien for entretien in entretiens}
    parties: dict[int, Convocation] = {}
    while annonces := annonces_en_vigueur(restent.values()):
        cles = {annonce.pk for annonce in annonces.values()}
        attendent = Courriel.objects.filter(convocations__in=cles, etat=EtatCourriel.A_ENVOYER).distinct()
        refaire_sans(prendre_ce_qui_attend(attendent), le=le, retirees=cles)
        liens = Convocation.courriels.through.objects.filter(convocation__in=cles)
        recues = liens.exclude(courriel__etat__in=SANS_SUITE, courriel__incertain=False)
        deja = set(recues.values_list("convocation", flat=True))
        for cle, annonce in annonces.items():
            if annonce.pk in deja:
                parties[cle] = annonce
                del restent[cle]
            else:
                revenir_a_l_annonce_precedente(restent[cle])
    return parties


def refaire_sans(courriels: Sequence[Courriel], *, le: datetime, retirees: Iterable[int] = ()) -> int:
    """Rappelle des courriels et les refait, à la même adresse et pour la même heure, avec ce qui tient encore."""
    if not courriels:
        return 0
    rappeler(courriels, meme_incertains=True)
    for courriel in courriels:
        restantes = list(courriel.convocations.en_vigueur().exclude(pk__in=retirees).avec_document())
        if restantes:
            destination = Destination(courriel.destinataire, NatureConvocation(restantes[0].nature), tuple(restantes))
            envoi, part_le = restantes[0].envoi, courriel.prochain_essai_le
            poster_les_convocations(envoi, [destination], part_le=part_le, le=le)
            remettre_en_file(cles=[destination.cle(envoi)], part_le=part_le)
    return len(courriels)


@transaction.atomic
def readresser_les_convocations(*, eleve: Eleve, le: datetime) -> int:
    """Adresse à son nouvel établissement les convocations d'un élève transféré ; rend le nombre de courriels (R12).

    Ce qui attendait de partir à l'ancienne adresse n'y part plus ; un dossier rendu fait repartir ce qui y avait été
    rappelé. L'élève est verrouillé par l'appelant.
    """
    prevues = Convocation.objects.en_vigueur().filter(
        entretien__eleve=eleve, entretien__etat=EtatEntretien.PREVU, envoi__rappele_le__isnull=True
    )
    convocations = list(prevues.exclude(nature=NatureConvocation.ANNULATION).avec_document())
    cles = {convocation.pk for convocation in convocations}
    attendent = Courriel.objects.filter(convocations__in=cles, etat=EtatCourriel.A_ENVOYER).distinct()
    refaire_sans(prendre_ce_qui_attend(attendent), le=le, retirees=cles)
    postes = 0
    for convocation in convocations:
        vers, part_le = destinations([convocation]), max(le, convocation.envoi.part_le)
        poster_les_convocations(convocation.envoi, vers, part_le=part_le, le=le)
        remettre_en_file(cles=[destination.cle(convocation.envoi) for destination in vers], part_le=part_le)
        postes += len(vers)
    return postes


def prevenir_le_saio(*, entretien: Entretien, le: datetime) -> None:
    """Le SAIO sait qu'un élève inscrit ne sera pas convoqué (R26)."""
    poster_ceux_qui_ont_une_adresse([courriel_au_saio(entretien)], le=le)


def poster_ceux_qui_ont_une_adresse(envois: Sequence[dict[str, Any]], *, le: datetime) -> list[Courriel]:
    """Poste les envois dont le destinataire est une adresse ; les autres se voient dans les pages (R25)."""
    return poster_plusieurs([envoi for envoi in envois if est_une_adresse(envoi["destinataire"])], le=le)
