"""Beaucoup de lycées proposent et confirment au même instant (F1, F6) : connexions distinctes, barrières."""

from collections.abc import Callable
from itertools import combinations

import pytest

from candidatures.rules import Etat
from courriers.models import Courriel
from entretiens import services
from entretiens.models import Convocation, Entretien, Proposition
from referentiel.rules.refus import Refus
from tests.entretiens.test_concurrence import ensemble, un_accueil
from tests.factories.candidatures import EN_MARS, CandidatureFactory, EleveFactory
from tests.factories.propositions import confirmer, ouvrir_des_creneaux, placees, proposer, qui_attendent
from tests.factories.referentiel import AccueilFactory, DomaineFactory

pytestmark = pytest.mark.django_db(transaction=True)

LYCEES, ELEVES, TOURS = 6, 8, 12


def des_lycees_qui_partagent_leurs_eleves():
    """Chaque élève est attendu dans tous les lycées, qui ouvrent tous aux mêmes heures."""
    premier = un_accueil()
    campagne = premier.domaine.campagne
    accueils = [premier, *(AccueilFactory(domaine=DomaineFactory(campagne=campagne)) for _ in range(LYCEES - 1))]
    eleves = EleveFactory.create_batch(ELEVES, campagne=campagne)
    for accueil in accueils:
        ouvrir_des_creneaux(accueil, 60)
        for eleve in eleves:
            CandidatureFactory(accueil=accueil, eleve=eleve)
    return accueils


def jusqu_au_bout(accueil) -> Callable[[], int]:
    """Propose, confirme, recalcule ce qui ne tient plus, jusqu'à ce que tout passe ; rend le nombre de tours."""

    def planifier() -> int:
        proposition = proposer(accueil, tenir_le_preavis=False)
        for tour in range(1, TOURS + 1):
            try:
                confirmer(proposition)
            except services.PlacementsRefuses:
                proposition.refresh_from_db()
                services.recalculer_la_proposition(
                    proposition=proposition,
                    choix={},
                    version=proposition.version,
                    en_entier=False,
                    par=None,
                    le=EN_MARS,
                )
            else:
                return tour
        raise AssertionError("trop de tours")

    return planifier


def test_des_lycees_qui_planifient_les_memes_eleves_au_meme_instant_y_arrivent_tous():
    accueils = des_lycees_qui_partagent_leurs_eleves()
    tours, leves = ensemble([jusqu_au_bout(accueil) for accueil in accueils])
    assert leves == []
    assert len(tours) == LYCEES
    assert max(tours) > 1, "au moins un lycée a trouvé des élèves pris entre-temps"
    entretiens = list(Entretien.objects.prevus().select_related("candidature"))
    assert len(entretiens) == LYCEES * ELEVES
    assert {entretien.candidature.etat for entretien in entretiens} == {Etat.PLANIFIEE}
    assert Convocation.objects.count() == LYCEES * ELEVES
    assert Courriel.objects.values("convocations").distinct().count() == LYCEES * ELEVES
    for un, deux in combinations(entretiens, 2):
        if un.eleve_id == deux.eleve_id:
            assert un.periode.upper <= deux.periode.lower or deux.periode.upper <= un.periode.lower


def test_confirmee_par_plusieurs_a_la_fois_une_proposition_n_a_qu_un_effet():
    accueil = un_accueil()
    ouvrir_des_creneaux(accueil, 6), qui_attendent(accueil, 5)
    proposition = proposer(accueil)
    reussis, leves = ensemble([lambda: confirmer(proposition)] * 5)
    assert (len(reussis), {type(erreur) for erreur in leves}) == (1, {services.PropositionFinie})
    assert (Entretien.objects.count(), Convocation.objects.count()) == (5, 5)


def test_un_domaine_n_a_qu_une_proposition_quand_tous_en_commencent_une():
    accueil = un_accueil()
    ouvrir_des_creneaux(accueil, 6), qui_attendent(accueil, 5)
    reussis, leves = ensemble([lambda: proposer(accueil)] * 5)
    assert leves == []
    assert Proposition.objects.preparees().count() == 1
    assert Proposition.objects.filter(etat="remplacee").count() == len(reussis) - 1


def test_confirmer_pendant_qu_un_collegue_place_les_memes_eleves_a_la_main_ne_double_rien():
    accueil = un_accueil()
    ouvrir_des_creneaux(accueil, 12)
    for _ in range(4):
        qui_attendent(accueil, 3)
        proposition = proposer(accueil)
        paires = [(ligne.candidature, ligne.creneau) for ligne in placees(proposition)]
        services.abandonner_la_proposition(proposition=proposition, par=None, le=EN_MARS)
        proposition = proposer(accueil)

        def a_la_main(placements=paires[::-1]):
            return services.placer_plusieurs(placements=placements, par=None, le=EN_MARS)

        _, leves = ensemble([lambda p=proposition: confirmer(p), a_la_main])
        assert all(isinstance(erreur, Refus) for erreur in leves)
        assert len(leves) == 1
        if proposition.__class__.objects.get(pk=proposition.pk).est_preparee:
            services.abandonner_la_proposition(proposition=proposition, par=None, le=EN_MARS)
    assert Entretien.objects.prevus().count() == 12
