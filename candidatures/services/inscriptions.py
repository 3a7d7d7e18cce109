"""Inscrire un élève, ou plusieurs : leurs candidatures, leurs formations, les brouillons de la démarche (R14, R15)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from candidatures.emails import annoncer_un_retrait
from candidatures.horaires import entretien_fixe
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import ENTRETIEN_A_VENIR, MODIFIABLES, Etat, pourquoi_pas_admis
from candidatures.services.avis import exiger_une_etape
from candidatures.services.etats import faire_passer_plusieurs
from candidatures.services.verrous import tenir_les_eleves, verrouiller_pour_l_origine
from comptes.models import Personne
from comptes.services import consigner, consigner_plusieurs
from referentiel.models import Accueil, Formation, Offre
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Modalite, Niveau
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode

Choix = Sequence[tuple[Accueil, Sequence[Formation]]]


@contraintes_dites()
def inscrire(
    *,
    eleve: Eleve,
    choix: Choix,
    par: Personne | None,
    le: datetime,
    en_brouillon: bool = False,
    demandee_le: datetime | None = None,
) -> list[Candidature]:
    """Inscrit `eleve` : une candidature par domaine, chez un accueil, pour une ou plusieurs formations (R14, R15).

    `choix` : couples (accueil, formations), un par domaine. Un brouillon du domaine devient la candidature et
    garde les avis déjà saisis ; une candidature inscrite chez le même accueil reçoit les formations qui manquent.
    `en_brouillon` : les brouillons de l'élève deviennent exactement `choix`, sans que l'accueil les voie.
    `demandee_le` : l'instant où l'inscription a été demandée, quand elle attendait une décision (R21) ; c'est lui que
    le calendrier des inscriptions juge.

    Rend les candidatures du choix, dans son ordre, avec `formations_maintenues`. Lève `PeriodeClose`, ou `Refus`
    si le choix sort du catalogue (R8, R15), dépasse la limite de la campagne ou contredit une candidature.
    """
    exiger_periode(eleve.campagne, Nature.INSCRIPTION, etablissement_id=eleve.etablissement_id, le=demandee_le or le)
    _exiger_un_eleve_admis(eleve)
    exiger_un_choix_juste(eleve.campagne_id, choix, vide_permis=en_brouillon)
    tenir_les_eleves([eleve])
    actives = _candidatures_actives(eleve)
    _exiger_des_formations_demandables(formation for _, formations in choix for formation in formations)
    if raison := _pourquoi_pas_autant(eleve, choix, actives.values()):
        raise Refus(raison)
    for accueil, _ in choix:
        if existante := actives.get(accueil.domaine_id):
            _exiger_qu_elle_s_accorde(existante, accueil, le, en_brouillon=en_brouillon)
    retenues = [actives.get(accueil.domaine_id) or _nouvelle(eleve, accueil) for accueil, _ in choix]
    if en_brouillon:
        _ecarter_les_brouillons([c for c in actives.values() if c not in retenues])
    _ecrire(retenues, choix, par, le, en_brouillon=en_brouillon)
    return retenues


@transaction.atomic
def preparer_l_inscription(
    *, eleve: Eleve, brouillons: Choix, ajouts: Choix, par: Personne | None, le: datetime
) -> None:
    """Garde l'étape « Formations » : les brouillons de l'élève, et les ajouts à ses candidatures déjà inscrites.

    Tout ou rien. Lève les mêmes refus que `inscrire`.
    """
    if not brouillons and not ajouts:
        raise Refus("Choisissez au moins une formation.")
    if ajouts:
        inscrire(eleve=eleve, choix=ajouts, par=par, le=le)
    inscrire(eleve=eleve, choix=brouillons, par=par, le=le, en_brouillon=True)


def empechements(*, eleves: Sequence[Eleve], choix: Choix) -> dict[int, str]:
    """Raison pour laquelle chaque élève ne peut pas être inscrit à `choix`, par clé ; sans raison, il peut (écran O7).

    La raison suit le nom de l'élève : « a déjà un entretien dans ce domaine. » Les élèves sont d'une campagne.
    """
    actives = _candidatures_actives_de(eleves)
    raisons = {eleve.pk: _pourquoi_pas_l_inscrire(eleve, choix, actives[eleve.pk]) for eleve in eleves}
    return {cle: raison for cle, raison in raisons.items() if raison}


@contraintes_dites()
def inscrire_plusieurs(
    *, eleves: Sequence[Eleve], choix: Choix, par: Personne | None, le: datetime
) -> list[Candidature]:
    """Inscrit des élèves d'un établissement au même choix, tout ou rien, en un nombre constant de requêtes (écran O7).

    Lève `PeriodeClose`, ou `Refus` si le choix sort du catalogue, ou si l'un des élèves ne peut pas être inscrit.
    """
    if not eleves:
        raise Refus("Sélectionnez au moins un élève.")
    campagne = eleves[0].campagne
    exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=eleves[0].etablissement_id, le=le)
    exiger_un_choix_juste(campagne.pk, choix)
    _exiger_des_formations_demandables(formation for _, formations in choix for formation in formations)
    tenir_les_eleves(eleves)
    if raisons := empechements(eleves=eleves, choix=choix):
        raise Refus(" ".join(f"{eleve} {raisons[eleve.pk]}" for eleve in eleves if eleve.pk in raisons))
    retenues = [_nouvelle(eleve, accueil) for eleve in eleves for accueil, _ in choix]
    _ecrire(retenues, [*choix] * len(eleves), par, le, en_brouillon=False)
    return retenues


@contraintes_dites()
def modifier_les_formations(
    *, candidature: Candidature, formations: Sequence[Formation], par: Personne | None, le: datetime
) -> Candidature:
    """Met les formations demandées d'une candidature inscrite d'accord avec `formations` (écran O8).

    Possible tant que l'entretien n'a pas commencé ; une formation redemandée retrouve son avis. Ajouter suit le
    calendrier des inscriptions ; retirer, celui des désistements (R4). L'accueil apprend ce qui est retiré.
    Lève `PeriodeClose`, ou `Refus` si la liste est vide, sort du catalogue ou dépasse la limite.
    """
    ligne = verrouiller_pour_l_origine(candidature)
    exiger_une_etape(ligne.domaine.campagne, ligne.eleve.etablissement_id, le)
    _exiger_qu_elle_se_modifie(ligne, le)
    if not formations:
        raise Refus("Gardez au moins une formation. Pour tout retirer, enregistrez un désistement.")
    demandees = list(
        FormationDemandee.objects.maintenues()
        .filter(candidature=ligne, ajoutee_a_l_entretien=False)
        .select_related("formation")
    )
    deja = {demande.formation_id for demande in demandees}
    retirees = [demande for demande in demandees if demande.formation not in formations]
    ajoutees = [formation for formation in formations if formation.pk not in deja]
    if ajoutees:
        _exiger_de_pouvoir_ajouter(ligne, formations, ajoutees, le)
        _redemander(ligne, ajoutees)
    if retirees:
        FormationDemandee.objects.filter(pk__in=[demande.pk for demande in retirees]).update(desistee_le=le)
    if ajoutees or retirees:
        _consigner_la_modification(ligne, demandees, formations, par, le)
    if retirees:
        noms = ", ".join(demande.formation.intitule for demande in retirees)
        fait = f"ne demande plus : {noms}"
        annoncer_un_retrait(candidature=ligne, accueil=ligne.accueil, fait=fait, entretien=None, le=le)
    return ligne


def modalite_a_l_inscription(accueil: Accueil) -> str:
    """Modalité d'une candidature chez `accueil` ; vide tant que celui-ci a le choix (R7)."""
    return "" if accueil.modalite == Modalite.AU_CHOIX else accueil.modalite


def _ecrire(
    retenues: list[Candidature], choix: Choix, par: Personne | None, le: datetime, *, en_brouillon: bool
) -> None:
    nouvelles = [candidature for candidature in retenues if candidature.pk is None]
    brouillons = [c for c in retenues if c.pk is not None and c.etat == Etat.BROUILLON]
    for candidature in nouvelles:
        candidature.etat = Etat.BROUILLON if en_brouillon else Etat.INSCRITE
        candidature.inscrite_le = None if en_brouillon else le
    Candidature.objects.bulk_create(nouvelles)
    if brouillons:
        _accorder_les_brouillons(brouillons, choix, None if en_brouillon else le)
    ajouts = _ajouter_les_formations(retenues, choix)
    if en_brouillon:
        return
    faire_passer_plusieurs(
        candidatures=brouillons,
        vers=Etat.INSCRITE,
        fait="inscription",
        phrases=[_dire("Inscription", candidature.formations_maintenues) for candidature in brouillons],
        par=par,
        le=le,
    )
    _consigner("inscription", [(c, _dire("Inscription", c.formations_maintenues)) for c in nouvelles], par, le)
    completees = [c for c in retenues if c not in nouvelles and c not in brouillons and ajouts[c.pk]]
    _consigner("formations_ajoutees", [(c, _dire("Ajout", ajouts[c.pk])) for c in completees], par, le)


def _consigner(fait: str, phrases: list[tuple[Candidature, str]], par: Personne | None, le: datetime) -> None:
    if phrases:
        consigner_plusieurs(phrases=phrases, fait=fait, par=par, le=le)


def _dire(fait: str, demandes: Iterable[FormationDemandee]) -> str:
    """« Inscription : CAP Cuisine, CAP Pâtissier. »"""
    return f"{fait} : {', '.join(demande.formation.intitule for demande in demandes)}."[:300]


def _candidatures_actives(eleve: Eleve) -> dict[int, Candidature]:
    """Candidatures actives de l'élève, par domaine."""
    return _candidatures_actives_de([eleve])[eleve.pk]


def _candidatures_actives_de(eleves: Sequence[Eleve]) -> dict[int, dict[int, Candidature]]:
    """Candidatures actives de chaque élève, par domaine, en deux requêtes."""
    actives = Candidature.objects.actives().filter(eleve__in=[eleve.pk for eleve in eleves])
    par_eleve: dict[int, dict[int, Candidature]] = {eleve.pk: {} for eleve in eleves}
    for candidature in actives.select_related("eleve", "domaine", "accueil__etablissement").avec_formations():
        par_eleve[candidature.eleve_id][candidature.domaine_id] = candidature
    return par_eleve


def _pourquoi_pas_l_inscrire(eleve: Eleve, choix: Choix, actives: dict[int, Candidature]) -> str | None:
    """Ce qui suit le nom d'un élève qui ne peut pas être inscrit à `choix` avec d'autres, ou `None`."""
    admis = [Niveau(niveau) for niveau in eleve.campagne.regles.niveaux_admis]
    if pourquoi_pas_admis(Niveau(eleve.niveau), admis):
        return f"est en « {eleve.get_niveau_display()} », un niveau que cette campagne n’admet pas."
    for accueil, _ in choix:
        existante = actives.get(accueil.domaine_id)
        if existante and existante.etat == Etat.BROUILLON:
            return "a une inscription à terminer dans ce domaine."
        if existante:
            return "a déjà un entretien dans ce domaine."
    maximum = eleve.campagne.regles.formations_maximales
    trop = _pourquoi_pas_autant(eleve, choix, actives.values())
    return f"dépasserait la limite de {maximum} formation{'s' if maximum and maximum > 1 else ''}." if trop else None


def _nouvelle(eleve: Eleve, accueil: Accueil) -> Candidature:
    candidature = Candidature(
        eleve=eleve, accueil=accueil, domaine=accueil.domaine, modalite=modalite_a_l_inscription(accueil)
    )
    candidature.formations_maintenues = []
    return candidature


def _accorder_les_brouillons(brouillons: list[Candidature], choix: Choix, inscrits_le: datetime | None) -> None:
    """Met les brouillons d'accord avec le choix : l'accueil, et les formations qui n'en sont plus."""
    voulus = {accueil.domaine_id: (accueil, set(formations)) for accueil, formations in choix}
    retirees = []
    for brouillon in brouillons:
        accueil, formations = voulus[brouillon.domaine_id]
        brouillon.accueil, brouillon.modalite = accueil, modalite_a_l_inscription(accueil)
        brouillon.inscrite_le = inscrits_le
        retirees += [d for d in brouillon.formations_maintenues if d.formation not in formations]
        brouillon.formations_maintenues = [d for d in brouillon.formations_maintenues if d.formation in formations]
    Candidature.objects.bulk_update(brouillons, ["accueil", "modalite", "inscrite_le"])
    if retirees:
        FormationDemandee.objects.filter(pk__in=[demande.pk for demande in retirees]).delete()


def _ecarter_les_brouillons(candidatures: Iterable[Candidature]) -> None:
    """Un brouillon que le choix ne retient plus n'a été vu de personne : il est effacé."""
    ecartes = [candidature.pk for candidature in candidatures if candidature.etat == Etat.BROUILLON]
    if ecartes:
        Candidature.objects.filter(pk__in=ecartes).delete()


def _ajouter_les_formations(candidatures: list[Candidature], choix: Choix) -> dict[int, list[FormationDemandee]]:
    ajouts: dict[int, list[FormationDemandee]] = {}
    for candidature, (_, formations) in zip(candidatures, choix, strict=True):
        deja = {demande.formation_id for demande in candidature.formations_maintenues}
        ajouts[candidature.pk] = [
            FormationDemandee(candidature=candidature, formation=formation, domaine_id=candidature.domaine_id)
            for formation in formations
            if formation.pk not in deja
        ]
        candidature.formations_maintenues = [*candidature.formations_maintenues, *ajouts[candidature.pk]]
    FormationDemandee.objects.bulk_create(demande for demandes in ajouts.values() for demande in demandes)
    return ajouts


def _exiger_un_eleve_admis(eleve: Eleve) -> None:
    admis = [Niveau(niveau) for niveau in eleve.campagne.regles.niveaux_admis]
    if raison := pourquoi_pas_admis(Niveau(eleve.niveau), admis):
        raise Refus(raison)


def exiger_un_choix_juste(campagne_id: int, choix: Choix, *, vide_permis: bool = False) -> None:
    """Refuse un choix vide, deux accueils d'un domaine, ce qui n'est pas du domaine ou de la campagne (R14, R15)."""
    if (not choix and not vide_permis) or any(not formations for _, formations in choix):
        raise Refus("Choisissez au moins une formation.")
    domaines = [accueil.domaine_id for accueil, _ in choix]
    if len(set(domaines)) < len(domaines):
        raise Refus("Un seul entretien par domaine : choisissez un seul établissement d’accueil.")
    for accueil, formations in choix:
        if accueil.domaine.campagne_id != campagne_id:
            raise Refus("Cet établissement d’accueil n’est pas au catalogue de la campagne.")
        if any(formation.domaine_id != accueil.domaine_id for formation in formations):
            raise Refus(f"Cet établissement ne reçoit que pour le domaine {accueil.domaine}.")


def _exiger_des_formations_demandables(formations: Iterable[Formation]) -> None:
    """Refuse une formation que personne ne propose, ou seulement hors Passpro (R8, R15)."""
    voulues = {formation.pk: formation for formation in formations}
    demandables = (
        set(Offre.objects.demandables().filter(formation__in=voulues).values_list("formation_id", flat=True))
        if voulues
        else set()
    )
    for cle, formation in voulues.items():
        if cle not in demandables:
            raise Refus(
                f"{formation.intitule} ne peut pas être demandée dans Passpro : "
                "contactez l’établissement qui la propose."
            )


def _pourquoi_pas_autant(eleve: Eleve, choix: Choix, actives: Iterable[Candidature]) -> str | None:
    """Raison pour laquelle `choix`, ajouté à ce qui est déjà demandé, dépasse la limite de la campagne (RC11)."""
    maximum = eleve.campagne.regles.formations_maximales
    if maximum is None:
        return None
    demandees = {formation.pk for _, formations in choix for formation in formations} | {
        demande.formation_id
        for candidature in actives
        if candidature.etat != Etat.BROUILLON
        for demande in candidature.formations_maintenues
        if not demande.ajoutee_a_l_entretien
    }
    if len(demandees) <= maximum:
        return None
    s = "s" if maximum > 1 else ""
    return (
        f"Un élève peut demander {maximum} formation{s} au plus dans cette campagne ; {len(demandees)} sont choisies."
    )


def _exiger_qu_elle_s_accorde(existante: Candidature, accueil: Accueil, le: datetime, *, en_brouillon: bool) -> None:
    """Refuse un second entretien dans le domaine, ou un ajout après l'entretien (R14)."""
    etat = Etat(existante.etat)
    if etat is Etat.BROUILLON:
        return
    if en_brouillon or existante.accueil_id != accueil.pk:
        raise Refus(
            f"{existante.eleve.prenom} a déjà un entretien prévu dans le domaine {existante.domaine}, "
            f"{existante.accueil.etablissement.nom_et_commune}. Ajoutez la formation à cette candidature."
        )
    if etat not in {Etat.INSCRITE, *ENTRETIEN_A_VENIR} or _a_commence(existante, le):
        raise Refus(f"L’entretien du domaine {existante.domaine} a eu lieu : la candidature ne change plus.")


def _exiger_qu_elle_se_modifie(candidature: Candidature, le: datetime) -> None:
    if candidature.etat not in MODIFIABLES or _a_commence(candidature, le):
        raise Refus("L’entretien a eu lieu, ou cette candidature est retirée : ses formations ne changent plus.")


def _exiger_de_pouvoir_ajouter(
    candidature: Candidature, formations: Sequence[Formation], ajoutees: Sequence[Formation], le: datetime
) -> None:
    eleve, campagne = candidature.eleve, candidature.domaine.campagne
    exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=eleve.etablissement_id, le=le)
    eleve.campagne, candidature.accueil.domaine = campagne, candidature.domaine
    choix = [(candidature.accueil, formations)]
    exiger_un_choix_juste(campagne.pk, choix)
    _exiger_des_formations_demandables(ajoutees)
    autres = [autre for autre in _candidatures_actives(eleve).values() if autre.pk != candidature.pk]
    if raison := _pourquoi_pas_autant(eleve, choix, autres):
        raise Refus(raison)


def _redemander(candidature: Candidature, ajoutees: Sequence[Formation]) -> None:
    """Ajoute des formations ; celle qui avait été retirée revient avec son avis."""
    retirees = FormationDemandee.objects.filter(
        candidature=candidature, formation__in=ajoutees, desistee_le__isnull=False, ajoutee_a_l_entretien=False
    )
    dernieres = {demande.formation_id: demande.pk for demande in retirees.order_by("desistee_le", "pk")}
    FormationDemandee.objects.filter(pk__in=dernieres.values()).update(desistee_le=None)
    FormationDemandee.objects.bulk_create(
        FormationDemandee(candidature=candidature, formation=formation, domaine_id=candidature.domaine_id)
        for formation in ajoutees
        if formation.pk not in dernieres
    )


def _consigner_la_modification(
    candidature: Candidature,
    avant: Iterable[FormationDemandee],
    apres: Iterable[Formation],
    par: Personne | None,
    le: datetime,
) -> None:
    demandees, voulues = [d.formation.intitule for d in avant], [formation.intitule for formation in apres]
    consigner(
        objet=candidature,
        fait="formations_modifiees",
        phrase=f"Formations demandées : {', '.join(voulues)}."[:300],
        par=par,
        le=le,
        avant={"formations": demandees},
        apres={"formations": voulues},
    )


def _a_commence(candidature: Candidature, le: datetime) -> bool:
    entretien = entretien_fixe(candidature.pk) if candidature.etat in ENTRETIEN_A_VENIR else None
    return entretien is not None and entretien.debut <= le
