"""Ajouter ou mettre à jour d'un bloc une liste d'élèves déjà saisis (R13)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from candidatures.imports.eleves import annuaire
from candidatures.models import Eleve
from candidatures.rules import cle_d_un_eleve
from candidatures.services.eleves.ajout import AJOUT
from candidatures.services.eleves.referents import avec_le_referent_de_leur_classe
from candidatures.services.eleves.saisie import AILLEURS, SaisieEleve, pourquoi_pas_cette_saisie
from candidatures.services.verrous import tenir_l_etablissement
from comptes.models import Personne
from comptes.services import consigner_plusieurs
from referentiel.models import Campagne, Etablissement
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_une_des_periodes


class ImportRefuse(Refus):
    """Des lignes d'un import ne passent pas ; rien n'est écrit. `erreurs` : raison par rang, à partir de 1."""

    def __init__(self, erreurs: dict[int, str]) -> None:
        super().__init__(" ".join(f"Ligne {rang} : {raison}" for rang, raison in erreurs.items()))
        self.erreurs = erreurs


@contraintes_dites()
def importer_des_eleves(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    eleves: Sequence[SaisieEleve],
    par: Personne | None,
    le: datetime,
) -> list[Eleve]:
    """Importe des élèves, tout ou rien, en un nombre constant de requêtes ; rend les élèves dans l'ordre reçu (R13).

    Un élève est reconnu à son INE, sinon à ses noms et sa date de naissance : il est mis à jour, sans que sa
    personne référente soit remplacée. Importer deux fois la même liste ne change rien la seconde fois.
    Lève `PeriodeClose`, ou `ImportRefuse` avec la raison de chaque ligne.
    """
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=etablissement.pk, le=le)
    saisies = [saisie.propre() for saisie in eleves]
    tenir_l_etablissement(etablissement.pk)
    connus = list(Eleve.objects.de_l_origine(campagne, etablissement.pk))
    _exiger_des_lignes_justes(saisies, campagne, etablissement.pk, le)
    retrouver = annuaire(connus)
    nouveaux, changes, rendus = [], [], []
    for saisie in avec_le_referent_de_leur_classe(saisies, campagne, etablissement):
        eleve = retrouver(saisie)
        if eleve is None:
            eleve = Eleve(campagne=campagne, etablissement=etablissement, cle=saisie.identite[0], **asdict(saisie))
            nouveaux.append(eleve)
        elif _mettre_a_jour(eleve, saisie):
            changes.append(eleve)
        rendus.append(eleve)
    Eleve.objects.bulk_create(nouveaux)
    Eleve.objects.bulk_update(changes, [*SaisieEleve.__dataclass_fields__, "cle"])
    _consigner_l_import(nouveaux, "Élève ajouté par import.", par, le)
    _consigner_l_import(changes, "Élève mis à jour par import.", par, le)
    return rendus


def _exiger_des_lignes_justes(
    saisies: Sequence[SaisieEleve], campagne: Campagne, etablissement_id: int, le: datetime
) -> None:
    ines = {saisie.ine for saisie in saisies if saisie.ine}
    ailleurs = set(
        Eleve.objects.filter(campagne=campagne, ine__in=ines)
        .exclude(etablissement=etablissement_id)
        .values_list("ine", flat=True)
    )
    erreurs: dict[int, str] = {}
    vus: dict[object, int] = {}
    for rang, saisie in enumerate(saisies, start=1):
        raison = pourquoi_pas_cette_saisie(saisie, campagne, le) or (AILLEURS if saisie.ine in ailleurs else None)
        premier = vus.setdefault(saisie.ine or saisie.identite, rang)
        if raison is None and premier != rang:
            raison = f"Déjà présent ligne {premier}."
        if raison:
            erreurs[rang] = raison
    if erreurs:
        raise ImportRefuse(erreurs)


def _mettre_a_jour(eleve: Eleve, saisie: SaisieEleve) -> bool:
    """Reporte sur `eleve` ce que la ligne apporte ; vrai si quelque chose a changé."""
    valeurs = {champ: valeur for champ, valeur in asdict(saisie).items() if valeur}
    if eleve.referent_nom or eleve.referent_courriel:
        valeurs.pop("referent_nom", None)
        valeurs.pop("referent_courriel", None)
    changees = {champ: valeur for champ, valeur in valeurs.items() if getattr(eleve, champ) != valeur}
    for champ, valeur in changees.items():
        setattr(eleve, champ, valeur)
    eleve.cle = cle_d_un_eleve(eleve.nom, eleve.prenom)
    return bool(changees)


def _consigner_l_import(eleves: Sequence[Eleve], phrase: str, par: Personne | None, le: datetime) -> None:
    if eleves:
        consigner_plusieurs(phrases=[(eleve, phrase) for eleve in eleves], fait="import", par=par, le=le)
