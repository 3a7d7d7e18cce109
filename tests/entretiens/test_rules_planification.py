"""Le planning automatique, contre une énumération de tous les plannings de petites demandes (R22 à R26, R25b)."""

from collections import Counter, defaultdict
from datetime import datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entretiens.rules.placement import Occupation, se_genent
from entretiens.rules.planification.calcul import proposer
from entretiens.rules.planification.modeles import Candidat, Motif, Place, Proposition, Reglages
from entretiens.rules.planification.remarques import remarques
from referentiel.rules.dates import PARIS, a_paris, jour_de
from referentiel.rules.jeu import Modalite

LE = datetime(2027, 3, 1, 10, tzinfo=PARIS)
LUNDI = LE.date() + timedelta(days=21)
VINGT = timedelta(minutes=20)
MARGE = timedelta(minutes=90)
SANS_MARGE = timedelta(0)
AILLEURS = 999
INDIVIDUEL, COLLECTIF = frozenset({Modalite.INDIVIDUEL}), frozenset({Modalite.COLLECTIF})


def instant(heure: int, minute: int = 0, jour: int = 0) -> datetime:
    return a_paris(LUNDI + timedelta(days=jour), time(heure, minute))


def place(cle: int, debut: datetime, accueil: int = 1, libres: int = 1, **champs) -> Place:
    return Place(cle, accueil, debut, debut + VINGT, libres, **({"etablissement": accueil} | champs))


def candidat(cle: int, accueil: int = 1, origine: int = 10, eleve: int | None = None, **champs) -> Candidat:
    voulus = {"inscrit_le": LE - timedelta(days=30) + timedelta(minutes=cle)}
    return Candidat(cle, cle if eleve is None else eleve, origine, accueil, **(voulus | champs))


def ailleurs(debut: datetime) -> Occupation:
    return Occupation(debut, debut + VINGT, AILLEURS, "")


def planifier(candidats, places, **reglages) -> Proposition:
    return proposer(candidats, places, Reglages(le=LE, marge=MARGE, **reglages))


def plan_de(proposition: Proposition) -> dict[int, int]:
    return {cle: placement.place for cle, placement in proposition.placements.items()}


# Demandes au hasard ---------------------------------------------------------------------------------------

HEURES = [instant(9, minutes, jour) for jour in (0, 1) for minutes in (0, 20, 40)] + [instant(11), instant(14)]
TOT = a_paris(LE.date() + timedelta(days=2), time(9))


@st.composite
def demandes(draw, accueils: int = 3):
    """Quelques élèves, quelques places serrées, plusieurs candidatures par élève."""
    combien = draw(st.integers(1, accueils))
    places = [
        place(
            cle,
            draw(st.sampled_from([*HEURES, TOT])),
            accueil=draw(st.integers(1, combien)),
            libres=draw(st.sampled_from((1, 1, 2))),
            collective=draw(st.booleans()),
            jury=draw(st.integers(1, 2)),
        )
        for cle in range(draw(st.integers(0, 5)))
    ]
    candidats: list[Candidat] = []
    for eleve in range(draw(st.integers(1, 4))):
        prises = tuple(ailleurs(debut) for debut in draw(st.lists(st.sampled_from(HEURES), max_size=1)))
        origine = draw(st.integers(10, 11))
        for accueil in sorted(draw(st.sets(st.integers(1, combien), min_size=1))):
            candidats.append(
                candidat(
                    len(candidats),
                    accueil,
                    origine,
                    eleve,
                    prises=prises,
                    loin=draw(st.booleans()),
                    modalites=draw(st.sampled_from((INDIVIDUEL, INDIVIDUEL | COLLECTIF))),
                )
            )
    reglages = Reglages(
        le=LE,
        marge=MARGE,
        tenir_le_preavis=draw(st.booleans()),
        regrouper=draw(st.booleans()),
        eviter_deux_heures=draw(st.booleans()),
        menager_les_lointains=draw(st.booleans()),
        rompre_la_marge=draw(st.booleans()),
    )
    return candidats, places, reglages


def est_ouverte(place: Place, reglages: Reglages) -> bool:
    return not reglages.tenir_le_preavis or jour_de(place.debut) >= reglages.au_plus_tot


def peut_tenir(candidat: Candidat, place: Place, prises, marge: timedelta = SANS_MARGE) -> bool:
    return (
        place.accueil == candidat.accueil
        and place.modalite in candidat.modalites
        and not any(se_genent(place.occupation, prise, marge=marge) for prise in prises)
    )


def marge_due(reglages: Reglages) -> timedelta:
    return SANS_MARGE if reglages.rompre_la_marge else MARGE


def ruptures(plan: dict[int, int], candidats, places) -> int:
    """Paires d'entretiens d'un élève trop proches l'un de l'autre."""
    par_cle = {place.cle: place for place in places}
    prises: dict[int, list[Occupation]] = defaultdict(list)
    total = 0
    for candidat in candidats:
        if candidat.cle in plan:
            prise = par_cle[plan[candidat.cle]].occupation
            total += sum(se_genent(prise, autre, marge=MARGE) for autre in [*candidat.prises, *prises[candidat.eleve]])
            prises[candidat.eleve].append(prise)
    return total


def tous_les_plans(candidats, places, reglages):
    """Tous les plannings permis, par énumération."""
    ouvertes = [place for place in places if est_ouverte(place, reglages)]

    def suite(rang, plan, reste, prises):
        if rang == len(candidats):
            yield dict(plan)
            return
        lui = candidats[rang]
        yield from suite(rang + 1, plan, reste, prises)
        for place in ouvertes:
            siens = [*lui.prises, *prises.get(lui.eleve, [])]
            if reste[place.cle] and peut_tenir(lui, place, siens, marge_due(reglages)):
                yield from suite(
                    rang + 1,
                    plan | {lui.cle: place.cle},
                    reste | {place.cle: reste[place.cle] - 1},
                    prises | {lui.eleve: [*prises.get(lui.eleve, []), place.occupation]},
                )

    return suite(0, {}, {place.cle: place.libres for place in ouvertes}, {})


def le_meilleur(candidats, places, reglages) -> tuple[int, int]:
    """Le plus grand nombre de placés et, à ce nombre, le moins de marges rompues."""
    moins_places, rompues = min(
        (-len(plan), ruptures(plan, candidats, places)) for plan in tous_les_plans(candidats, places, reglages)
    )
    return -moins_places, rompues


@given(demandes())
def test_une_proposition_ne_rompt_aucune_regle(demande):
    candidats, places, reglages = demande
    plan = plan_de(proposition := proposer(candidats, places, reglages))
    par_cle = {place.cle: place for place in places}
    occupes = Counter(plan.values())
    assert {*plan, *proposition.laisses} == {candidat.cle for candidat in candidats}
    assert not plan.keys() & proposition.laisses.keys()
    assert all(nombre <= par_cle[cle].libres for cle, nombre in occupes.items())
    for candidat in candidats:
        if candidat.cle in plan:
            place = par_cle[plan[candidat.cle]]
            freres = [c for c in candidats if c.eleve == candidat.eleve and c is not candidat and c.cle in plan]
            prises = [*candidat.prises, *(par_cle[plan[frere.cle]].occupation for frere in freres)]
            assert peut_tenir(candidat, place, prises, marge_due(reglages))
            assert est_ouverte(place, reglages)
            rompue = any(se_genent(place.occupation, prise, marge=MARGE) for prise in prises)
            assert proposition.placements[candidat.cle].marge_rompue is rompue


@given(demandes(), st.randoms(use_true_random=False))
def test_l_ordre_de_la_demande_ne_change_rien(demande, hasard):
    candidats, places, reglages = demande
    melanges, melangees = list(candidats), list(places)
    hasard.shuffle(melanges)
    hasard.shuffle(melangees)
    assert proposer(candidats, places, reglages) == proposer(melanges, melangees, reglages)


@given(demandes(accueils=1))
def test_dans_un_accueil_aucun_planning_ne_place_plus_ni_ne_rompt_moins(demande):
    candidats, places, reglages = demande
    plan = plan_de(proposer(candidats, places, reglages))
    assert (len(plan), ruptures(plan, candidats, places)) == le_meilleur(candidats, places, reglages)


def test_entre_accueils_enchevetres_le_planning_est_presque_toujours_le_meilleur():
    ecarts = Counter()
    for graine in range(300):
        candidats, places, reglages = enchevetree(Random(graine))
        plan = plan_de(proposer(candidats, places, reglages))
        placables, rompues = le_meilleur(candidats, places, reglages)
        ecarts["laissés"] += placables - len(plan)
        ecarts["marges"] += len(plan) == placables and ruptures(plan, candidats, places) > rompues
    assert ecarts["laissés"] == 0
    assert ecarts["marges"] <= 4


def enchevetree(hasard: Random):
    """Des élèves qui veulent un ou deux domaines, et tout juste les places, à des heures voisines."""
    heures = [instant(9), instant(9, 20), instant(10, 40), instant(14), instant(17)]
    places = [place(cle, hasard.choice(heures), accueil=1 + cle % 3) for cle in range(hasard.randint(4, 7))]
    candidats = []
    for eleve in range(4):
        prises = (ailleurs(hasard.choice(heures)),) if hasard.random() < 0.3 else ()
        for accueil in hasard.sample((1, 2, 3), hasard.choice((1, 2, 2))):
            candidats.append(candidat(len(candidats), accueil, eleve=eleve, prises=prises))
    return candidats, places, Reglages(le=LE, marge=MARGE, rompre_la_marge=True)


# Raisons de ceux qui restent ----------------------------------------------------------------------------------


@given(demandes())
def test_la_raison_donnee_a_qui_reste_est_vraie(demande):
    candidats, places, reglages = demande
    proposition = proposer(candidats, places, reglages)
    plan, par_cle = plan_de(proposition), {place.cle: place for place in places}
    for candidat in candidats:
        if laisse := proposition.laisses.get(candidat.cle):
            freres = [c for c in candidats if c.eleve == candidat.eleve and c.cle in plan]
            prises = [*candidat.prises, *(par_cle[plan[frere.cle]].occupation for frere in freres)]
            du_domaine = [p for p in places if p.accueil == candidat.accueil]
            ouvertes = [p for p in du_domaine if est_ouverte(p, reglages)]
            a_sa_modalite = [p for p in ouvertes if p.modalite in candidat.modalites]
            libres = [p for p in a_sa_modalite if peut_tenir(candidat, p, prises)]
            marge = marge_due(reglages)
            tenables = [p for p in libres if peut_tenir(candidat, p, prises, marge)]
            ecartees = [p for p in du_domaine if not est_ouverte(p, reglages)]
            trop_tot = [p for p in ecartees if peut_tenir(candidat, p, prises, marge)]
            pleines = all(Counter(plan.values())[p.cle] == p.libres for p in tenables)
            assert {
                Motif.SANS_PLACE: not ouvertes and not trop_tot,
                Motif.MODALITE: bool(ouvertes) and not a_sa_modalite and not trop_tot,
                Motif.PREAVIS: not a_sa_modalite and bool(trop_tot),
                Motif.INDISPONIBLE: bool(a_sa_modalite) and not libres,
                Motif.MARGE: bool(libres) and not tenables,
                Motif.DISPUTEE: bool(tenables) and pleines,
                Motif.COMPLET: bool(tenables) and pleines,
            }[laisse.motif]
            if laisse.motif is Motif.COMPLET:
                du_meme = [c.cle for c in candidats if c.accueil == candidat.accueil and c.cle in proposition.laisses]
                manquent = sum(proposition.laisses[c].motif in (Motif.COMPLET, Motif.DISPUTEE) for c in du_meme)
                assert laisse.raison.startswith(f"Il manque {manquent}\u00a0place")


def test_s_il_manque_des_places_la_raison_dit_combien_et_les_plus_anciens_sont_servis():
    candidats = [candidat(cle) for cle in range(5)]
    proposition = planifier(candidats, [place(1, instant(9)), place(2, instant(9, 20))])
    assert sorted(proposition.placements) == [0, 1]
    assert {laisse.raison for laisse in proposition.laisses.values()} == {
        "Il manque 3\u00a0places\u00a0: 5\u00a0élèves pour 2\u00a0places."
    }


def test_des_eleves_qui_ne_peuvent_venir_qu_a_la_meme_heure_le_lisent():
    pris = tuple(ailleurs(instant(heure)) for heure in (14, 15))
    candidats = [candidat(1, prises=pris), candidat(2, prises=pris)]
    places = [place(1, instant(9)), place(2, instant(14)), place(3, instant(15))]
    [laisse] = planifier(candidats, places).laisses.values()
    assert (laisse.candidat, laisse.motif) == (2, Motif.DISPUTEE)
    assert laisse.raison == "2\u00a0élèves ne peuvent venir qu’aux mêmes heures\u00a0: il n’y a alors que 1\u00a0place."


@pytest.mark.parametrize(
    ("champs", "places", "motif", "phrase"),
    [
        ({}, [place(1, instant(9), accueil=2)], Motif.SANS_PLACE, "Aucune place libre dans ce domaine"),
        ({}, [place(1, instant(9), libres=0)], Motif.SANS_PLACE, "Aucune place libre dans ce domaine"),
        ({}, [place(1, LE - timedelta(days=1))], Motif.SANS_PLACE, "Aucune place libre dans ce domaine"),
        ({"modalites": COLLECTIF}, [place(1, instant(9))], Motif.MODALITE, "séance collective"),
        ({}, [place(1, TOT)], Motif.PREAVIS, "dans moins de 5\u00a0jours ouvrés"),
        ({"prises": (ailleurs(instant(9)),)}, [place(1, instant(9))], Motif.INDISPONIBLE, "disponible"),
        ({"prises": (ailleurs(instant(10)),)}, [place(1, instant(9))], Motif.MARGE, "moins de 1\u00a0h\u00a030"),
        (
            {"prises": (ailleurs(instant(9)),)},
            [place(1, instant(9)), place(2, TOT)],
            Motif.INDISPONIBLE,
            "1\u00a0autre place est libre dans moins de 5\u00a0jours ouvrés.",
        ),
    ],
    ids=[
        "autre accueil",
        "complet",
        "passé",
        "modalité",
        "préavis",
        "pris ailleurs",
        "trajet",
        "libre avant le préavis",
    ],
)
def test_chaque_raison_a_sa_phrase(champs, places, motif, phrase):
    [laisse] = planifier([candidat(1, **champs)], places).laisses.values()
    assert laisse.motif is motif
    assert phrase in laisse.raison


def test_une_place_hors_de_la_periode_n_est_pas_proposee():
    places = [place(1, instant(9)), place(2, instant(9, jour=1)), place(3, instant(9, jour=2))]
    milieu = LUNDI + timedelta(days=1)
    assert plan_de(planifier([candidat(1)], places, du=milieu, au=milieu)) == {1: 2}


# Ce qui l'emporte sur quoi ------------------------------------------------------------------------------------


def test_placer_tout_le_monde_l_emporte_sur_la_marge_de_trajet_et_la_remarque_le_dit():
    candidats = [candidat(1), candidat(2, prises=(ailleurs(instant(10)),))]
    proposition = planifier(candidats, [place(1, instant(9)), place(2, instant(11))], rompre_la_marge=True)
    assert len(proposition.placements) == 2
    assert proposition.placements[2].marge_rompue
    assert "Moins de 1\u00a0h\u00a030 avant ou après un autre entretien Passpro." in proposition.placements[2].remarques


def test_la_marge_de_trajet_l_emporte_sur_le_regroupement():
    candidats = [candidat(cle) for cle in (1, 2)] + [candidat(3, prises=(ailleurs(instant(9)),))]
    places = [place(cle, instant(9, 20 * (cle - 1))) for cle in (1, 2, 3)] + [place(4, instant(9, jour=1))]
    proposition = planifier(candidats, places, eviter_deux_heures=False, rompre_la_marge=True)
    assert plan_de(proposition)[3] == 4
    assert not any(placement.marge_rompue for placement in proposition.placements.values())


def test_le_regroupement_l_emporte_sur_l_anciennete():
    # Trois places un matin, une place plus tôt : le groupe de trois reste ensemble, même s'il compte le plus ancien.
    candidats = [candidat(cle, origine=10) for cle in (1, 2, 3)] + [candidat(4, origine=11)]
    places = [place(1, instant(9))] + [place(cle, instant(10, 20 * (cle - 2), jour=1)) for cle in (2, 3, 4)]
    assert plan_de(planifier(candidats, places))[4] == 1


def test_sans_regrouper_les_plus_anciens_passent_les_premiers():
    candidats = [candidat(cle, origine=10 + cle % 2) for cle in range(6)]
    places = [place(cle, instant(9, jour=cle)) for cle in range(6)]
    assert plan_de(planifier(candidats, places, regrouper=False)) == {cle: cle for cle in range(6)}


def test_un_groupe_rejoint_ceux_de_son_etablissement_qui_viennent_deja():
    places = [place(1, instant(9)), place(2, instant(9, jour=1), presents=(10,), libres=1)]
    [placement] = planifier([candidat(1)], places).placements.values()
    assert placement.place == 2
    assert placement.pourquoi == "Avec d’autres élèves de son établissement."


def test_dans_un_groupe_les_anciens_passent_d_abord_et_les_groupes_se_suivent():
    candidats = [candidat(cle, origine=10 + cle % 2) for cle in range(6)]
    places = [place(cle, instant(9, 0) + cle * VINGT) for cle in range(6)]
    plan = plan_de(planifier(candidats, places))
    assert sorted(plan, key=plan.get) == [0, 2, 4, 1, 3, 5]


def test_une_journee_de_jury_ne_garde_pas_de_trou_qu_on_peut_combler():
    places = [place(cle, instant(9, 20 * cle), jury=1) for cle in range(3)]
    places += [place(10 + cle, instant(14, 20 * cle), jury=1) for cle in range(3)]
    candidats = [candidat(cle, origine=10 + cle % 2) for cle in range(4)]
    occupees = set(plan_de(planifier(candidats, places)).values())
    assert occupees == {1, 2, 10, 11}


# Réglages -----------------------------------------------------------------------------------------------------


def test_sans_tenir_le_preavis_une_place_proche_est_proposee_avec_sa_remarque():
    [placement] = planifier([candidat(1)], [place(1, TOT)], tenir_le_preavis=False).placements.values()
    assert placement.remarques == ("Moins de 5\u00a0jours ouvrés.",)


@pytest.mark.parametrize(("eviter", "choisie"), [(True, 2), (False, 1)], ids=["évités", "permis"])
def test_deux_heures_separent_deux_entretiens_si_on_le_demande(eviter, choisie):
    lui = candidat(1, prises=(ailleurs(instant(11)),))
    places = [place(1, instant(9)), place(2, instant(9, jour=1))]
    assert plan_de(planifier([lui], places, eviter_deux_heures=eviter)) == {1: choisie}


@pytest.mark.parametrize(("menager", "choisie"), [(True, 2), (False, 1)], ids=["ménagés", "comme les autres"])
def test_qui_vient_de_loin_passe_apres_neuf_heures_trente_si_on_le_demande(menager, choisie):
    places = [place(1, instant(9)), place(2, instant(9, 40))]
    assert plan_de(planifier([candidat(1, loin=True)], places, menager_les_lointains=menager)) == {1: choisie}


def test_deux_entretiens_du_meme_lycee_le_meme_jour_se_disent_et_ne_demandent_pas_de_trajet():
    candidats = [candidat(1, accueil=1, eleve=7), candidat(2, accueil=2, eleve=7)]
    places = [place(1, instant(9), accueil=1, etablissement=5), place(2, instant(9, 20), accueil=2, etablissement=5)]
    proposition = planifier(candidats, places)
    assert proposition.placements[2].remarques == ("Autre entretien le même jour à 9\u00a0h\u00a000.",)
    assert not any(placement.marge_rompue for placement in proposition.placements.values())


@pytest.mark.parametrize("heure", [9, 10, 11, 12, 13, 15], ids=str)
def test_rien_de_ce_qu_un_autre_lycee_a_planifie_ne_se_lit(heure):
    lui = candidat(1, prises=(ailleurs(instant(heure, 7)),))
    proposition = planifier([lui], [place(1, instant(14))])
    phrases = [phrase for p in proposition.placements.values() for phrase in (p.pourquoi, *p.remarques)] + [
        laisse.raison for laisse in proposition.laisses.values()
    ]
    assert any("Passpro" in phrase for phrase in phrases)
    assert not any("07" in phrase or f"{heure}\u00a0h\u00a0" in phrase for phrase in phrases)


@pytest.mark.parametrize(
    ("autre", "phrases"),
    [
        (instant(9, jour=1), []),
        (instant(9), ["Autre entretien Passpro ce jour-là."]),
        (instant(12), ["Autre entretien Passpro à moins de 2\u00a0heures."]),
        (instant(13), ["Moins de 1\u00a0h\u00a030 avant ou après un autre entretien Passpro."]),
    ],
    ids=["un autre jour", "le matin", "à midi", "juste avant"],
)
def test_un_creneau_choisi_a_la_main_dit_la_plus_pressante_des_remarques(autre, phrases):
    voulue = place(1, instant(14)).occupation
    assert list(remarques(voulue, [ailleurs(autre)], Reglages(le=LE, marge=MARGE))) == phrases
