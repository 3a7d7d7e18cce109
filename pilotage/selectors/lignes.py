"""Les lignes d'une tâche, quel que soit ce qu'elle compte : une candidature, une convocation, un élève…"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from candidatures.lectures import slug_de_la_classe
from candidatures.models import (
    Candidature,
    DemandeDeCreneau,
    DemandeDeTransfert,
    Eleve,
    FormationDemandee,
    PreInscription,
)
from candidatures.rules import Etat
from courriers.models import Courriel
from entretiens.models import Convocation, Creneau, Entretien, Seance
from pilotage.selectors.candidats import Filtre
from referentiel.models import Accueil, DemandeDAcces, Etablissement
from referentiel.permissions import Cote
from referentiel.rules.dates import INSECABLE, dire_instant


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une ligne de tâche : ce dont il s'agit, où, quand, et la page où agir."""

    titre: str
    objet: str
    lieu: str = ""
    le: datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Regard:
    """Qui lit la ligne : le côté et l'établissement, dont dépendent les adresses.

    Le SAIO, sans établissement, ne lit aucun nom d'élève ici : il les ouvre au suivi, où c'est noté (R36, R40).
    """

    cote: str
    uai: str = ""

    def nommer(self, candidature: Candidature) -> str:
        """L'élève, ou pour le SAIO l'établissement d'accueil qui a quelque chose à faire."""
        return str(candidature.eleve) if self.uai else candidature.accueil.etablissement.nom_et_commune

    def adresse(self, candidature: Candidature, noms: str = "") -> str:
        """Page de la candidature ; pour le SAIO, celle qui demande s'il faut nommer les élèves de la liste `noms`."""
        if not self.uai:
            segment = candidature.accueil.etablissement.segment
            return reverse("avis:noms", args=["accueil", segment, noms]) if noms else ""
        if candidature.etat == Etat.BROUILLON and self.cote == Cote.ORIGINE:
            return reverse("candidatures:inscription_reprise", args=[self.uai, candidature.eleve.code])
        return reverse(f"pilotage:candidature_{self.cote}", args=[self.uai, candidature.code])

    def lieu(self, candidature: Candidature) -> str:
        """L'autre établissement : celui d'accueil pour l'origine, celui d'origine pour l'accueil."""
        etablissement = (
            candidature.accueil.etablissement if self.cote == Cote.ORIGINE else candidature.eleve.etablissement
        )
        return etablissement.nom_et_commune


RELATIONS: dict[type, tuple[str, ...]] = {
    Accueil: ("domaine", "etablissement"),
    Creneau: ("seance__accueil__domaine", "seance__jury"),
    Candidature: ("eleve__etablissement", "domaine", "accueil__etablissement"),
    FormationDemandee: (
        "formation",
        "candidature__eleve__etablissement",
        "candidature__domaine",
        "candidature__accueil__etablissement",
    ),
    DemandeDeCreneau: (
        "candidature__eleve__etablissement",
        "candidature__domaine",
        "candidature__accueil__etablissement",
    ),
    DemandeDeTransfert: ("eleve", "demandeur"),
    Entretien: (
        "candidature__eleve__etablissement",
        "candidature__domaine",
        "candidature__accueil__etablissement",
    ),
    Convocation: (
        "entretien__candidature__eleve__etablissement",
        "entretien__candidature__domaine",
        "entretien__candidature__accueil__etablissement",
    ),
    Seance: ("accueil__domaine",),
    DemandeDAcces: ("etablissement",),
}


def avec_relations(lignes: QuerySet, cles: Iterable[int]) -> QuerySet:
    """Lit en une requête tout ce que `ligne` montre des lignes de ces clés, dans l'ordre de `lignes`.

    Les clés se lisent avant : avec tant de tables à joindre, PostgreSQL ne cherche plus par laquelle commencer, et
    lirait celles de toutes les académies pour en garder une page.
    """
    relations = RELATIONS.get(lignes.model)
    lues = lignes.filter(pk__in=list(cles))
    return lues.select_related(*relations) if relations else lues


@singledispatch
def ligne(objet: Any, regard: Regard) -> Ligne:
    """Ligne de tâche d'un objet. Lève `TypeError` pour un modèle qu'aucune tâche ne compte."""
    raise TypeError(f"Aucune tâche ne compte de {type(objet).__name__}.")


@ligne.register
def _(candidature: Candidature, regard: Regard) -> Ligne:
    return Ligne(
        regard.nommer(candidature),
        candidature.domaine.nom,
        regard.lieu(candidature),
        candidature.inscrite_le,
        regard.adresse(candidature, "a-planifier"),
    )


@ligne.register
def _(demande: FormationDemandee, regard: Regard) -> Ligne:
    candidature = demande.candidature
    classe = slug_de_la_classe(candidature.eleve.classe)
    return Ligne(
        str(candidature.eleve),
        demande.formation.intitule,
        regard.lieu(candidature),
        url=reverse("candidatures:avis_classe", args=[regard.uai, classe]),
    )


@ligne.register
def _(entretien: Entretien, regard: Regard) -> Ligne:
    candidature = entretien.candidature
    return Ligne(
        regard.nommer(candidature),
        candidature.domaine.nom,
        regard.lieu(candidature),
        entretien.periode.lower,
        regard.adresse(candidature, "en-retard"),
    )


@ligne.register
def _(demande: DemandeDeCreneau, regard: Regard) -> Ligne:
    candidature = demande.candidature
    return Ligne(
        str(candidature.eleve),
        f"{candidature.domaine}, {demande.get_motif_display().lower()}",
        regard.lieu(candidature),
        demande.demandee_le,
        reverse("entretiens:demande_de_creneau", args=[regard.uai, candidature.code]),
    )


@ligne.register
def _(demande: DemandeDeTransfert, regard: Regard) -> Ligne:
    return Ligne(
        str(demande.eleve),
        demande.eleve.classe,
        demande.demandeur.nom_et_commune,
        demande.demandee_le,
        reverse("candidatures:transfert", args=[regard.uai, demande.code]),
    )


@ligne.register
def _(demande: PreInscription, regard: Regard) -> Ligne:
    demandeur = demande.saisie["etablissement"]
    return Ligne(
        demande.reference,
        demande.get_etat_display(),
        f"{demandeur['nom']}, {demandeur['ville']}",
        demande.recue_le,
        reverse("candidatures:preinscription_saio", args=[demande.code]),
    )


@ligne.register
def _(convocation: Convocation, regard: Regard) -> Ligne:
    candidature = convocation.entretien.candidature
    return Ligne(
        regard.nommer(candidature),
        f"{convocation.get_nature_display()}, {candidature.domaine}",
        regard.lieu(candidature),
        convocation.periode.lower,
        reverse("entretiens:convocation", args=[regard.uai, convocation.code])
        if regard.cote == Cote.ORIGINE
        else regard.adresse(candidature),
    )


@ligne.register
def _(seance: Seance, regard: Regard) -> Ligne:
    inscrits = seance.inscrits
    return Ligne(
        seance.accueil.domaine.nom,
        f"Séance collective, {inscrits} inscrit{'s' if inscrits > 1 else ''}",
        le=seance.periode.lower,
        url=reverse("entretiens:seance", args=[regard.uai, seance.code]),
    )


@ligne.register
def _(eleve: Eleve, regard: Regard) -> Ligne:
    url = reverse("pilotage:eleve", args=[regard.uai, eleve.code]) if regard.uai else ""
    return Ligne(str(eleve), eleve.classe, url=url)


@ligne.register
def _(courriel: Courriel, regard: Regard) -> Ligne:
    url = ""
    if regard.cote == Cote.ACCUEIL:
        url = reverse("entretiens:envoi", args=[regard.uai, courriel.code_de_l_envoi])
    raison = courriel.raison.phrase if courriel.raison else ""
    return Ligne(courriel.destinataire, raison, courriel.uai, courriel.poste_le, url)


@ligne.register
def _(accueil: Accueil, regard: Regard) -> Ligne:
    manques = accueil.manques
    champ = f"#id_{manques[0].champ}" if manques else ""
    return Ligne(
        accueil.domaine.nom,
        f"Il manque {', '.join(manque.quoi for manque in manques)}" if manques else "À relire et confirmer",
        url=reverse("entretiens:accueil", args=[regard.uai, accueil.code]) + champ,
    )


@ligne.register
def _(creneau: Creneau, regard: Regard) -> Ligne:
    """Une place libérée, et les élèves du domaine qui l'attendent."""
    domaine, n = creneau.seance.accueil.domaine, creneau.attendent
    candidats = reverse("pilotage:candidats", args=[regard.uai])
    return Ligne(
        dire_instant(creneau.periode.lower, annee=False).capitalize(),
        f"{domaine}{INSECABLE}: {n} élève{'s' if n > 1 else ''} attend{'ent' if n > 1 else ''}",
        str(creneau.seance.jury or ""),
        creneau.periode.lower,
        f"{candidats}?domaine={domaine.slug}&etat={Filtre.A_PLANIFIER}",
    )


@ligne.register
def _(demande: DemandeDAcces, regard: Regard) -> Ligne:
    page, segments = (f"demande_d_acces_{regard.cote}", [regard.uai]) if regard.uai else ("demande_d_acces", [])
    return Ligne(
        demande.nom_affiche,
        demande.fonction,
        demande.etablissement.nom_et_commune,
        demande.demandee_le,
        reverse(f"referentiel:{page}", args=[*segments, demande.code]),
    )


@ligne.register
def _(etablissement: Etablissement, regard: Regard) -> Ligne:
    return Ligne(etablissement.nom_et_commune, etablissement.uai, f"Département {etablissement.departement}")
