"""Calculer une proposition : ce que la base sait, passé au planificateur, et ce qu'il rend (R22 à R26)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction

from candidatures.models import Candidature
from candidatures.rules import Etat, distance
from comptes.models import Personne
from entretiens.lectures import convient_a_tout, occupation, occupations
from entretiens.models import Creneau, DomainePropose, Entretien, LigneDeProposition, Proposition
from entretiens.rules.placement import Occupation
from entretiens.rules.planification.calcul import proposer
from entretiens.rules.planification.modeles import Candidat, Place, Reglages
from entretiens.rules.planification.modeles import Proposition as Planning
from entretiens.services.propositions.ajustement import CHAMPS_AJUSTES, Choix, appliquer, defauts_des_lignes
from entretiens.services.propositions.suivi import finir, lignes_de, prendre_la_proposition, toucher
from entretiens.tenues import dire_qui_prepare
from referentiel.models import Accueil, Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode, ouverture

# À vol d'oiseau, ce qui demande plus d'une heure de trajet.
KILOMETRES_D_UNE_HEURE = 20
TOUTES = frozenset({Modalite.INDIVIDUEL, Modalite.COLLECTIF})


@dataclass(frozen=True, slots=True)
class Options:
    """Les choix de l'écran A7."""

    regrouper: bool = True
    tenir_le_preavis: bool = True
    eviter_deux_heures: bool = True
    menager_les_lointains: bool = False


@contraintes_dites()
def proposer_un_planning(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    accueils: Iterable[Accueil],
    options: Options,
    par: Personne | None,
    le: datetime,
) -> Proposition:
    """Calcule une proposition pour ces domaines et tient ses créneaux trente minutes (R22).

    Ce qui est déjà planifié ou envoyé ne bouge pas. Remplace la proposition que la même personne préparait, ou une
    autre que plus personne ne tient. Lève `PeriodeClose`, ou `Refus` si un collègue en prépare une, ou s'il n'y a
    aucun élève à planifier.
    """
    exiger_periode(campagne, Nature.PLANIFICATION, etablissement_id=etablissement.pk, le=le)
    pris = _verrouiller_les_accueils(etablissement, accueils)
    attendent = _a_planifier(pris)
    if not attendent:
        raise Refus("Aucun élève à planifier dans ce domaine.")
    _remplacer_les_precedentes(pris, par=par, le=le)
    proposition = Proposition.objects.create(
        etablissement=etablissement, campagne=campagne, par=par, commencee_le=le, modifiee_le=le, **asdict(options)
    )
    DomainePropose.objects.bulk_create(DomainePropose(proposition=proposition, accueil=accueil) for accueil in pris)
    _planifier(proposition, pris, attendent, gardees=(), le=le)
    return proposition


@transaction.atomic
def recalculer_la_proposition(
    *,
    proposition: Proposition,
    choix: Choix,
    version: int,
    en_entier: bool,
    par: Personne | None,
    le: datetime,
) -> Proposition:
    """Refait le calcul avec ce qui est libre et attend à l'instant `le`, sans toucher aux choix faits à la main.

    `en_entier` refait toutes les autres lignes ; sinon seulement celles qui ne tiennent plus ou n'ont pas de créneau.
    Tient les créneaux trente minutes de plus. Lève `PeriodeClose`, `PropositionFinie` ou `PropositionModifiee`.
    """
    ligne = prendre_la_proposition(proposition, version=version, le=le)
    lignes = lignes_de(ligne)
    appliquer(lignes, choix)
    defauts = defauts_des_lignes(ligne, lignes, le=le)
    gardees = [lue for lue in lignes if _se_garde(lue, defauts, en_entier=en_entier)]
    ligne.lignes.exclude(pk__in=[lue.pk for lue in gardees]).delete()
    LigneDeProposition.objects.bulk_update(gardees, CHAMPS_AJUSTES)
    pris = list(_accueils_de(ligne))
    deja = {lue.candidature_id for lue in gardees}
    attendent = [candidature for candidature in _a_planifier(pris) if candidature.pk not in deja]
    _planifier(ligne, pris, attendent, gardees=gardees, le=le)
    toucher(ligne, par=par, le=le)
    return ligne


def _se_garde(ligne: LigneDeProposition, defauts: Mapping[int, str], *, en_entier: bool) -> bool:
    if ligne.candidature_id in defauts or ligne.candidature.etat != Etat.INSCRITE:
        return False
    return ligne.choisie or (not en_entier and ligne.creneau is not None)


def _verrouiller_les_accueils(etablissement: Etablissement, accueils: Iterable[Accueil]) -> list[Accueil]:
    """Prend les accueils de l'établissement, par clé croissante : une seule proposition s'y commence à la fois."""
    lignes = Accueil.objects.select_for_update(of=("self",), no_key=True).select_related("etablissement", "domaine")
    return list(lignes.filter(etablissement=etablissement, pk__in=[accueil.pk for accueil in accueils]).order_by("pk"))


def _accueils_de(proposition: Proposition) -> Iterable[Accueil]:
    cles = proposition.domaines.values("accueil")
    return Accueil.objects.filter(pk__in=cles).select_related("etablissement", "domaine").order_by("pk")


def _remplacer_les_precedentes(accueils: Sequence[Accueil], *, par: Personne | None, le: datetime) -> None:
    en_cours = DomainePropose.objects.filter(accueil__in=accueils).values("proposition")
    precedentes = Proposition.objects.select_for_update(of=("self",)).select_related("par").preparees()
    for precedente in precedentes.filter(pk__in=en_cours).order_by("pk"):
        if precedente.est_tenue(le) and precedente.par != par:
            raise Refus(dire_qui_prepare(precedente, le))
        finir(precedente, Proposition.Etat.REMPLACEE, le=le)


def _a_planifier(accueils: Sequence[Accueil]) -> list[Candidature]:
    return list(
        Candidature.objects.filter(accueil__in=accueils, etat=Etat.INSCRITE, inscrite_le__isnull=False)
        .select_related("eleve__etablissement", "accueil__etablissement")
        .order_by("pk")
    )


def _planifier(
    proposition: Proposition,
    accueils: Sequence[Accueil],
    attendent: Sequence[Candidature],
    *,
    gardees: Sequence[LigneDeProposition],
    le: datetime,
) -> None:
    """Écrit une ligne par élève qui attend, autour de ce qui est gardé ; un nombre constant de requêtes."""
    retenues = [(ligne.candidature, ligne.creneau) for ligne in gardees if ligne.creneau]
    creneaux = _creneaux(accueils, le)
    planning = proposer(
        _candidats(attendent, retenues),
        _places(creneaux.values(), retenues),
        _reglages(proposition, le),
    )
    LigneDeProposition.objects.bulk_create(
        _ligne(proposition, candidature, planning, creneaux) for candidature in attendent
    )


def _ligne(
    proposition: Proposition, candidature: Candidature, planning: Planning, creneaux: Mapping[int, Creneau]
) -> LigneDeProposition:
    ligne = LigneDeProposition(proposition=proposition, candidature=candidature)
    placement = planning.placements.get(candidature.pk)
    if placement is None:
        ligne.raison = planning.laisses[candidature.pk].raison[:300]
    else:
        ligne.creneau, ligne.pourquoi = creneaux[placement.place], placement.pourquoi[:300]
        ligne.remarques = " ".join(placement.remarques)[:300]
    return ligne


def _creneaux(accueils: Sequence[Accueil], le: datetime) -> dict[int, Creneau]:
    a_venir = Creneau.objects.filter(seance__accueil__in=accueils).a_venir(le)
    return {creneau.pk: creneau for creneau in a_venir.select_related("seance__accueil").order_by("pk")}


def _places(creneaux: Iterable[Creneau], retenues: Sequence[tuple[Candidature, Creneau]]) -> list[Place]:
    """Les créneaux à venir, avec ceux qui y sont déjà, placés ou retenus par la proposition."""
    creneaux = list(creneaux)
    presents: dict[int, list[int]] = defaultdict(list)
    places = Entretien.objects.en_vigueur().filter(creneau__in=[creneau.pk for creneau in creneaux])
    for cle, origine in places.values_list("creneau", "eleve__etablissement"):
        presents[cle].append(origine)
    tenues: dict[int, int] = defaultdict(int)
    for candidature, creneau in retenues:
        presents[creneau.pk].append(candidature.eleve.etablissement_id)
        tenues[creneau.pk] += 1
    return [
        Place(
            cle=creneau.pk,
            accueil=creneau.seance.accueil_id,
            debut=creneau.periode.lower,
            fin=creneau.periode.upper,
            libres=max(0, creneau.places_libres - tenues[creneau.pk]),
            etablissement=creneau.seance.etablissement_id,
            lieu=creneau.seance.accueil.lieu,
            jury=creneau.seance.jury_id or -creneau.seance_id,
            collective=creneau.seance.est_collective,
            presents=tuple(sorted(presents[creneau.pk])),
        )
        for creneau in creneaux
    ]


def _candidats(attendent: Sequence[Candidature], retenues: Sequence[tuple[Candidature, Creneau]]) -> Iterable[Candidat]:
    prises = occupations({candidature.eleve_id for candidature in attendent})
    retenus: dict[int, list[Occupation]] = defaultdict(list)
    for candidature, creneau in retenues:
        retenus[candidature.eleve_id].append(occupation(creneau))
    for candidature in attendent:
        yield Candidat(
            cle=candidature.pk,
            eleve=candidature.eleve_id,
            origine=candidature.eleve.etablissement_id,
            accueil=candidature.accueil_id,
            inscrit_le=candidature.inscrite_le or candidature.modifiee_le,
            modalites=TOUTES
            if convient_a_tout(candidature, candidature.accueil)
            else frozenset({Modalite(candidature.modalite)}),
            prises=(*prises[candidature.eleve_id], *retenus[candidature.eleve_id]),
            loin=_vient_de_loin(candidature),
        )


def _vient_de_loin(candidature: Candidature) -> bool:
    depart, arrivee = candidature.eleve.etablissement.point, candidature.accueil.etablissement.point
    return (distance(depart, arrivee) or 0) > KILOMETRES_D_UNE_HEURE


def _reglages(proposition: Proposition, le: datetime) -> Reglages:
    campagne = proposition.campagne
    bornes = campagne.calendrier.bornes(Nature.ENTRETIENS)
    reponse = ouverture(campagne, etablissement_id=proposition.etablissement_id, le=le).de(Nature.ENTRETIENS)
    return Reglages(
        le=le,
        du=bornes.debut,
        au=reponse.dernier_jour or bornes.fin,
        marge=timedelta(minutes=campagne.regles.marge_de_trajet),
        preavis=campagne.regles.preavis,
        tenir_le_preavis=proposition.tenir_le_preavis,
        regrouper=proposition.regrouper,
        eviter_deux_heures=proposition.eviter_deux_heures,
        menager_les_lointains=proposition.menager_les_lointains,
    )
