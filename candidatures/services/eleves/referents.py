"""La personne référente d'un élève : celle de sa classe, ou celle qu'on lui donne (écran O16)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from candidatures.models import Eleve
from candidatures.services.classes import referents_des_classes
from candidatures.services.eleves.saisie import SaisieEleve, lisible, serrer
from comptes.models import Personne
from comptes.services import consigner
from courriers.services import est_une_adresse
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def affecter_un_referent(
    *, eleves: Sequence[Eleve], nom: str, courriel: str, par: Personne | None, le: datetime
) -> int:
    """Donne la même personne référente à plusieurs élèves d'un établissement ; rend le nombre de ceux qui changent.

    Lève `PeriodeClose`, ou `Refus` si aucun élève n'est choisi ou si l'adresse n'en est pas une.
    """
    if not eleves:
        raise Refus("Sélectionnez au moins un élève.")
    exiger_periode(eleves[0].campagne, Nature.FERMETURE, etablissement_id=eleves[0].etablissement_id, le=le)
    nom, courriel = serrer(nom), courriel.strip().lower()
    if not nom or not est_une_adresse(courriel):
        raise Refus("Donnez le nom et le courriel de la personne référente.")
    lignes = Eleve.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=[eleve.pk for eleve in eleves])
    changes = [
        ligne for ligne in lignes.order_by("pk") if (ligne.referent_nom, ligne.referent_courriel) != (nom, courriel)
    ]
    for ligne in changes:
        consigner(
            objet=ligne,
            fait="referent",
            phrase=f"Personne référente : {nom}."[:300],
            par=par,
            le=le,
            avant=lisible({"referent_nom": ligne.referent_nom, "referent_courriel": ligne.referent_courriel}),
            apres={"referent_nom": nom, "referent_courriel": courriel},
        )
        ligne.referent_nom, ligne.referent_courriel = nom, courriel
    Eleve.objects.bulk_update(changes, ["referent_nom", "referent_courriel"])
    return len(changes)


def avec_le_referent_de_leur_classe(
    saisies: Sequence[SaisieEleve], campagne: Campagne, etablissement: Etablissement
) -> list[SaisieEleve]:
    """Les mêmes saisies ; celles qui n'ont pas de personne référente prennent celle de leur classe (écran O16)."""
    sans = {saisie.classe for saisie in saisies if not (saisie.referent_nom or saisie.referent_courriel)}
    referents = referents_des_classes(campagne, etablissement.pk, sans) if sans else {}
    return [_avec_le_referent(saisie, referents) for saisie in saisies]


def _avec_le_referent(saisie: SaisieEleve, referents: Mapping[str, tuple[str, str]]) -> SaisieEleve:
    if saisie.referent_nom or saisie.referent_courriel or saisie.classe not in referents:
        return saisie
    nom, courriel = referents[saisie.classe]
    return replace(saisie, referent_nom=nom, referent_courriel=courriel)
