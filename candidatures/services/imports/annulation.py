"""Annuler un import appliqué : retirer ce qu'il a ajouté, rendre ce qu'il a changé (écran O3)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import ProtectedError

from candidatures.models import Candidature, Eleve
from candidatures.services.eleves.ajout import AJOUT
from candidatures.services.imports.comparaison import eleves_de
from candidatures.services.imports.ecriture import FAIT_D_IMPORT, ecrire
from candidatures.services.imports.etapes import lieu, verrouiller
from comptes.models import Personne, Trace
from comptes.services import consigner_plusieurs
from referentiel.models import Campagne
from referentiel.models.travaux import Importation
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_une_des_periodes

DEJA_INSCRITS = "Des élèves de cet import ont déjà une candidature\u00a0: il ne s’annule plus."


def pourquoi_pas_annuler(importation: Importation) -> str | None:
    """Raison pour laquelle un import appliqué ne s'annule pas, ou `None`."""
    if importation.etat != Importation.Etat.APPLIQUEE:
        return "Seul un import appliqué s’annule."
    if importation.rapport.get("annule_le"):
        return "Cet import est déjà annulé."
    inscrits = Candidature.objects.filter(eleve__in=importation.rapport["eleves_ajoutes"])
    return DEJA_INSCRITS if inscrits.exists() else None


@contraintes_dites()
def annuler_l_import(*, importation: Importation, campagne: Campagne, par: Personne, le: datetime) -> Importation:
    """Retire les élèves qu'un import a ajoutés et rend aux autres leurs valeurs d'avant (écran O3).

    Une valeur changée depuis n'est pas touchée. Lève `PeriodeClose`, ou `Refus` si un élève ajouté a déjà une
    candidature.
    """
    ligne = verrouiller(importation)
    if (ligne.rapport or {}).get("annule_le"):
        return ligne
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=lieu(ligne)[1], le=le)
    ajoutes, changes = _eleves_touches(ligne)
    if raison := pourquoi_pas_annuler(ligne):
        raise Refus(raison)
    _retirer(ajoutes, par, le)
    rendus = _rendre(ligne, changes, par, le)
    ligne.rapport |= {"annule_le": le.isoformat(), "retires": len(ajoutes), "rendus": rendus}
    ligne.save(update_fields=["rapport"])
    return ligne


def _eleves_touches(importation: Importation) -> tuple[list[Eleve], list[Eleve]]:
    """Élèves ajoutés et élèves changés par l'import, encore ici, verrouillés dans l'ordre de leurs clés."""
    ajoutes, changes = (set(importation.rapport.get(cle, ())) for cle in ("eleves_ajoutes", "eleves_mis_a_jour"))
    tenus = list(eleves_de(importation).select_for_update(of=("self",)).filter(pk__in=ajoutes | changes).order_by("pk"))
    return [eleve for eleve in tenus if eleve.pk in ajoutes], [eleve for eleve in tenus if eleve.pk in changes]


def _retirer(eleves: Sequence[Eleve], par: Personne, le: datetime) -> None:
    consigner_plusieurs(
        phrases=[(eleve, "Élève retiré\u00a0: son import est annulé.") for eleve in eleves],
        fait="import_annule",
        par=par,
        le=le,
    )
    try:
        Eleve.objects.filter(pk__in=[eleve.pk for eleve in eleves]).delete()
    except ProtectedError:
        raise Refus(DEJA_INSCRITS) from None


def _rendre(importation: Importation, changes: Sequence[Eleve], par: Personne, le: datetime) -> int:
    """Rend leurs valeurs d'avant aux élèves mis à jour ; une valeur changée depuis reste. Rend leur nombre."""
    assert importation.applique_le is not None
    eleves = {eleve.pk: eleve for eleve in changes}
    traces = Trace.objects.filter(
        objet_type=Eleve._meta.label_lower, objet_id__in=eleves, fait=FAIT_D_IMPORT, le=importation.applique_le
    )
    changements = {}
    for trace in traces:
        if rendues := _valeurs_rendues(eleves[trace.objet_id], trace):
            changements[trace.objet_id] = rendues
    rendus = [eleves[cle] for cle in changements]
    ecrire(rendus)
    consigner_plusieurs(
        phrases=[(eleve, "Informations rendues\u00a0: l’import est annulé.") for eleve in rendus],
        fait="import_annule",
        par=par,
        le=le,
        changements=changements,
    )
    return len(rendus)


def _valeurs_rendues(eleve: Eleve, trace: Trace) -> tuple[dict[str, str], dict[str, str]] | None:
    """Repose sur `eleve` les valeurs d'avant ; rend ce qui était et ce qui est, ou `None` si rien ne bouge."""
    avant, apres = {}, {}
    for champ, posee in trace.apres.items():
        if str(getattr(eleve, champ)) == posee:
            ancienne = trace.avant.get(champ, "")
            setattr(eleve, champ, date.fromisoformat(ancienne) if champ == "date_de_naissance" else ancienne)
            avant[champ], apres[champ] = posee, ancienne
    return (avant, apres) if apres else None
