"""Donner à une classe son professeur principal et sa personne référente par défaut (écran O16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from candidatures.models import Classe, Eleve
from comptes.models import Personne
from comptes.services import consigner, consigner_plusieurs
from courriers.services import est_une_adresse
from referentiel.models import Campagne, Etablissement, Rattachement
from referentiel.rules.adresses import pourquoi_pas_academique
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode

Referent = tuple[str, str]
CHAMPS = ("professeur_principal", "referent_nom", "referent_courriel")


@dataclass(frozen=True, slots=True)
class ChoixDeClasse:
    """Ce qui est choisi pour une classe ; `remplacer` vaut aussi pour ses élèves suivis par une autre personne."""

    nom: str
    professeur_principal: Rattachement | None = None
    referent_nom: str = ""
    referent_courriel: str = ""
    remplacer: bool = False

    @property
    def referent(self) -> Referent:
        return " ".join(self.referent_nom.split()), self.referent_courriel.strip().lower()


@contraintes_dites()
def enregistrer_les_classes(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    choix: Sequence[ChoixDeClasse],
    par: Personne | None,
    le: datetime,
) -> int:
    """Règle des classes d'un établissement, et donne leur personne référente à leurs élèves ; rend leur nombre.

    Les élèves qui n'en ont pas reçoivent celle de leur classe ; ceux qui en ont une autre la gardent, sauf
    `remplacer`. Le nombre de requêtes ne dépend pas de celui des élèves. Lève `PeriodeClose`, ou `Refus` si une
    adresse n'est pas académique ou si le professeur principal n'est pas de l'établissement.
    """
    exiger_periode(campagne, Nature.FERMETURE, etablissement_id=etablissement.pk, le=le)
    _exiger_des_choix_justes(etablissement, choix)
    Etablissement.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=etablissement.pk)
    eleves = list(_eleves(etablissement, campagne, [un.nom for un in choix]))
    connues = {classe.nom: classe for classe in _classes(etablissement, campagne)}
    for un in choix:
        _regler(connues.get(un.nom) or Classe(campagne=campagne, etablissement=etablissement, nom=un.nom), un, par, le)
    return _suivre(eleves, {un.nom: un for un in choix}, par, le)


def remplacer_le_referent_des_classes(
    *, etablissement: Etablissement, campagne: Campagne, ancien: str, nouveau: Referent, par: Personne, le: datetime
) -> None:
    """Met une autre personne à la place de celle dont le courriel est `ancien`, dans les classes qui l'ont par défaut.

    À appeler dans la transaction du service qui retire cette personne, calendrier vérifié.
    """
    for classe in _classes(etablissement, campagne).filter(referent_courriel__iexact=ancien):
        choix = ChoixDeClasse(classe.nom, classe.professeur_principal, *nouveau)
        _regler(classe, choix, par, le)


def referents_des_classes(campagne: Campagne, etablissement_id: int, noms: Iterable[str]) -> dict[str, Referent]:
    """Personne référente par défaut de chacune de ces classes, en une requête."""
    classes = Classe.objects.filter(campagne=campagne, etablissement=etablissement_id, nom__in=set(noms))
    return {
        nom: (qui, courriel) for nom, qui, courriel in classes.values_list("nom", "referent_nom", "referent_courriel")
    }


def _exiger_des_choix_justes(etablissement: Etablissement, choix: Sequence[ChoixDeClasse]) -> None:
    equipe = set(
        Rattachement.objects.filter(etablissement=etablissement, origine=True).values_list("personne__courriel", "pk")
    )
    courriels, places = {courriel.lower() for courriel, _ in equipe}, {place for _, place in equipe}
    for un in choix:
        if un.professeur_principal and un.professeur_principal.pk not in places:
            raise Refus(f"Le professeur principal de {un.nom} n’est plus de l’équipe.")
        if raison := _pourquoi_pas_ce_referent(un.referent, courriels, etablissement):
            raise Refus(f"{un.nom}\u00a0: {raison}")


def _pourquoi_pas_ce_referent(referent: Referent, courriels: set[str], etablissement: Etablissement) -> str | None:
    nom, courriel = referent
    if not nom and not courriel:
        return None
    if not nom or not est_une_adresse(courriel):
        return "Donnez le nom et le courriel de la personne référente."
    if courriel in courriels:
        return None
    return pourquoi_pas_academique(courriel, etablissement.academie.domaines_de_courriel)


def _classes(etablissement: Etablissement, campagne: Campagne):
    return (
        Classe.objects.select_for_update(of=("self",))
        .select_related("professeur_principal__personne")
        .filter(campagne=campagne, etablissement=etablissement)
    )


def _eleves(etablissement: Etablissement, campagne: Campagne, noms: Sequence[str]):
    eleves = Eleve.objects.select_for_update(of=("self",), no_key=True)
    return eleves.filter(campagne=campagne, etablissement=etablissement, classe__in=noms).order_by("pk")


def _regler(classe: Classe, choix: ChoixDeClasse, par: Personne | None, le: datetime) -> None:
    avant = _valeurs(classe)
    classe.professeur_principal = choix.professeur_principal
    classe.referent_nom, classe.referent_courriel = choix.referent
    apres = _valeurs(classe)
    changes = {champ for champ in CHAMPS if avant[champ] != apres[champ]}
    if not changes:
        return
    classe.save()
    consigner(
        objet=classe,
        fait="classe",
        phrase=_dire(classe, changes)[:300],
        par=par,
        le=le,
        avant={champ: avant[champ] for champ in changes},
        apres={champ: apres[champ] for champ in changes},
    )


def _valeurs(classe: Classe) -> dict[str, Any]:
    place = classe.professeur_principal
    return {
        "professeur_principal": place.personne.nom_affiche if place else "",
        "referent_nom": classe.referent_nom,
        "referent_courriel": classe.referent_courriel,
    }


def _dire(classe: Classe, changes: set[str]) -> str:
    """« 3e B : professeur principal M. Roche, personne référente Mme Petit. »"""
    valeurs = _valeurs(classe)
    dits = []
    if "professeur_principal" in changes:
        dits.append(f"professeur principal {valeurs['professeur_principal'] or 'retiré'}")
    if changes - {"professeur_principal"}:
        dits.append(f"personne référente {classe.referent_nom or 'retirée'}")
    return f"{classe.nom}\u00a0: {', '.join(dits)}."


def _suivre(eleves: Sequence[Eleve], choix: dict[str, ChoixDeClasse], par: Personne | None, le: datetime) -> int:
    """Donne à chaque élève la personne référente de sa classe, s'il n'en a pas ou si on la remplace."""
    changes, changements = [], {}
    for eleve in eleves:
        un, actuel = choix[eleve.classe], (eleve.referent_nom, eleve.referent_courriel)
        if not any(un.referent) or actuel == un.referent or (any(actuel) and not un.remplacer):
            continue
        eleve.referent_nom, eleve.referent_courriel = un.referent
        changes.append(eleve)
        changements[eleve.pk] = (_lisible(actuel), _lisible(un.referent))
    if changes:
        Eleve.objects.bulk_update(changes, ["referent_nom", "referent_courriel"])
        consigner_plusieurs(
            phrases=[(eleve, f"Personne référente\u00a0: {eleve.referent_nom}."[:300]) for eleve in changes],
            fait="referent",
            par=par,
            le=le,
            changements=changements,
        )
    return len(changes)


def _lisible(referent: Referent) -> dict[str, str]:
    champs = zip(("referent_nom", "referent_courriel"), referent, strict=True)
    return {champ: valeur for champ, valeur in champs if valeur}
