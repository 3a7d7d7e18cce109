"""La vie d'une proposition : la prendre, la toucher, la finir, l'abandonner."""

from datetime import datetime

from django.db import transaction

from candidatures.models import Candidature
from comptes.models import Personne
from entretiens.models import Envoi, LigneDeProposition, Proposition
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_heure
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


class PropositionFinie(Refus):
    """La proposition est déjà confirmée, abandonnée ou remplacée."""

    def __init__(self, proposition: Proposition) -> None:
        quand = dire_heure(proposition.finie_le) if proposition.finie_le else ""
        phrases = {
            Proposition.Etat.CONFIRMEE: f"Cette proposition est déjà confirmée, à {quand}.",
            Proposition.Etat.ABANDONNEE: f"Cette proposition est abandonnée depuis {quand}. Rien n’a été planifié.",
            Proposition.Etat.REMPLACEE: f"Cette proposition est remplacée par une autre depuis {quand}.",
        }
        super().__init__(phrases[Proposition.Etat(proposition.etat)])
        self.proposition = proposition


class PropositionModifiee(Refus):
    """Une autre page ou une autre personne l'a changée depuis (R42)."""

    def __init__(self, proposition: Proposition) -> None:
        qui = str(proposition.par) if proposition.par else "Une autre personne"
        self.constat = f"{qui} a modifié cette proposition à {dire_heure(proposition.modifiee_le)}."
        self.proposition = proposition
        super().__init__(
            f"{self.constat} Vos choix sont gardés ci-dessous, sans être enregistrés : relisez, puis recommencez."
        )


@transaction.atomic
def abandonner_la_proposition(*, proposition: Proposition, par: Personne | None, le: datetime) -> None:
    """Renonce à une proposition : ses créneaux ne sont plus tenus, rien n'est planifié.

    Lève `PeriodeClose`, ou `PropositionFinie`.
    """
    ligne = prendre_la_proposition(proposition, le=le)
    ligne.par = par
    finir(ligne, Proposition.Etat.ABANDONNEE, le=le)


def prendre_la_proposition(proposition: Proposition, *, le: datetime, version: int | None = None) -> Proposition:
    """Verrouille une proposition en préparation, que l'on a vue dans cette `version`.

    Lève `PeriodeClose`, `PropositionFinie` ou `PropositionModifiee`.
    """
    ligne = (
        Proposition.objects.select_for_update(of=("self",))
        .select_related("par", "etablissement__academie", "campagne__regles")
        .prefetch_related("campagne__periodes")
        .get(pk=proposition.pk)
    )
    exiger_periode(ligne.campagne, Nature.PLANIFICATION, etablissement_id=ligne.etablissement_id, le=le)
    if not ligne.est_preparee:
        raise PropositionFinie(ligne)
    if version is not None and version != ligne.version:
        raise PropositionModifiee(ligne)
    return ligne


def toucher(proposition: Proposition, *, par: Personne | None, le: datetime) -> None:
    """Note qui vient d'y travailler : ses créneaux restent tenus trente minutes de plus."""
    proposition.par, proposition.modifiee_le = par, max(le, proposition.modifiee_le)
    proposition.version += 1
    proposition.save(update_fields=["par", "modifiee_le", "version"])


def finir(
    proposition: Proposition, etat: Proposition.Etat, *, le: datetime, envoi: Envoi | None = None, planifies: int = 0
) -> None:
    """Termine une proposition verrouillée ; ses lignes et ses domaines disparaissent."""
    proposition.etat, proposition.finie_le = etat, le
    proposition.envoi, proposition.planifies = envoi, planifies
    proposition.save(update_fields=["etat", "finie_le", "envoi", "planifies", "par"])
    proposition.lignes.all().delete()
    proposition.domaines.all().delete()


def lignes_de(proposition: Proposition) -> list[LigneDeProposition]:
    """Lignes d'une proposition, avec tout ce que la page et les vérifications lisent, en quelques requêtes.

    Un élève adressé depuis à un autre établissement n'y est plus (R37).
    """
    candidatures = (
        Candidature.objects.filter(accueil__etablissement=proposition.etablissement_id)
        .avec_formations()
        .select_related("domaine", "eleve__etablissement", "accueil__etablissement", "accueil__domaine")
    )
    lignes = list(
        proposition.lignes.select_related("creneau__seance__jury", "creneau__seance__accueil__etablissement").order_by(
            "pk"
        )
    )
    par_cle = candidatures.in_bulk([ligne.candidature_id for ligne in lignes])
    d_ici = [ligne for ligne in lignes if ligne.candidature_id in par_cle]
    for ligne in d_ici:
        ligne.candidature = par_cle[ligne.candidature_id]
        ligne.candidature.accueil.domaine.campagne = proposition.campagne
    return d_ici
