"""Noter les présences, et leurs suites (R26b)."""

from datetime import date, timedelta
from itertools import product

import pytest

from candidatures.models import Candidature
from candidatures.rules import Etat
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens import services
from entretiens.models import Creneau, Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Periode
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import Conflit, PeriodeClose, Refus
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import JEUDI, convoquer, instant, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, RattachementFactory

pytestmark = pytest.mark.django_db

PREVU, TENU, ABSENT, EXCUSE, ANNULE = EtatEntretien
APRES = instant(9)
SUITE = {TENU: Etat.REALISEE, ABSENT: Etat.ABSENTE, EXCUSE: Etat.INSCRITE}


@pytest.fixture
def accueil():
    return AccueilFactory()


@pytest.fixture
def entretien(accueil):
    return placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil))


def noter(entretien, etat, le=APRES) -> int:
    return services.saisir_les_presences(presences={entretien: etat}, par=None, le=le)


def situation() -> tuple[str, str]:
    return Entretien.objects.get().etat, Candidature.objects.get().etat


@pytest.mark.parametrize("etat", [TENU, ABSENT, EXCUSE])
@pytest.mark.parametrize("convoquee", [True, False], ids=["convoquée", "sans convocation partie"])
def test_une_presence_mene_a_son_etat(entretien, etat, convoquee):
    if convoquee:
        Candidature.objects.update(etat=Etat.CONVOQUEE)
    assert noter(entretien, etat) == 1
    assert situation() == (etat, SUITE[etat])


def test_une_seance_collective_suivie_n_attend_pas_de_compte_rendu():
    accueil = AccueilFactory(modalite=Modalite.COLLECTIF)
    [creneau] = ouvrir(accueil, collective=True, capacite=5)
    entretien = placer(CandidatureFactory(accueil=accueil, modalite=""), creneau)
    noter(entretien, TENU)
    assert situation() == (TENU, Etat.SEANCE_SUIVIE)
    noter(entretien, EXCUSE)
    assert situation() == (EXCUSE, Etat.INSCRITE)


@pytest.mark.parametrize(("de", "vers"), list(product([TENU, ABSENT, EXCUSE], repeat=2)))
def test_une_presence_se_corrige_tant_que_rien_n_est_transmis(entretien, de, vers):
    noter(entretien, de)
    if de is EXCUSE and vers is not EXCUSE:
        with pytest.raises(Refus):
            noter(entretien, vers)
        return
    assert noter(entretien, vers) == (de is not vers)
    assert situation() == (vers, SUITE[vers])


@pytest.mark.parametrize("vers", [ABSENT, EXCUSE])
def test_apres_transmission_la_presence_ne_se_corrige_plus(entretien, vers):
    noter(entretien, TENU)
    Candidature.objects.update(etat=Etat.RENDUE)
    with pytest.raises(Refus, match="transmis"):
        noter(entretien, vers)
    assert situation() == (TENU, Etat.RENDUE)


def test_rien_ne_se_note_avant_le_debut(entretien):
    with pytest.raises(Refus, match="n’a pas encore commencé"):
        noter(entretien, TENU, le=APRES - timedelta(seconds=1))


@pytest.mark.parametrize("etat", [PREVU, ANNULE])
def test_seules_les_trois_presences_se_notent(entretien, etat):
    with pytest.raises(Refus):
        services.saisir_les_presences(presences={entretien: ANNULE}, par=None, le=APRES)


def test_un_entretien_annule_ou_desiste_ne_se_note_pas(entretien):
    noter(entretien, ABSENT)
    Candidature.objects.update(etat=Etat.DESISTEE)
    with pytest.raises(Refus, match="Désistement"):
        noter(entretien, TENU)


def test_apres_la_saisie_des_avis_rien_ne_se_note(entretien):
    Periode.objects.filter(nature="saisie_avis_accueil").update(fin=date(2027, 3, 20))
    with pytest.raises(PeriodeClose):
        noter(entretien, TENU)


def test_tout_ou_rien(accueil, entretien):
    autre = placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil, 14))
    with pytest.raises(Refus, match=str(autre.candidature.eleve)):
        services.saisir_les_presences(presences={entretien: TENU, autre: TENU}, par=None, le=APRES)
    assert set(Entretien.objects.values_list("etat", flat=True)) == {PREVU}


def test_excuse_l_eleve_se_replace_et_la_place_est_rendue(accueil, entretien):
    noter(entretien, EXCUSE)
    assert Creneau.objects.get().places_prises == 0
    assert placer(Candidature.objects.get(), ouvrir_un_creneau(accueil, 16), le=APRES)


def test_ce_qu_une_autre_personne_a_note_se_dit_et_ne_s_ecrase_pas(entretien):
    """R42 : la page montrait « Prévu », une autre personne a noté une absence."""
    autre = RattachementFactory().personne
    services.saisir_les_presences(presences={entretien: ABSENT}, par=autre, le=APRES)
    with pytest.raises(Conflit, match=f"{autre.nom_affiche} a noté «.Absence.» à 9.h.00") as refus:
        services.saisir_les_presences(presences={entretien: TENU}, vues={entretien: PREVU}, par=None, le=APRES)
    assert refus.value.actuel == {"presence": ABSENT}
    assert situation() == (ABSENT, Etat.ABSENTE)
    assert services.saisir_les_presences(presences={entretien: TENU}, vues={entretien: ABSENT}, par=None, le=APRES) == 1


def test_la_meme_presence_notee_deux_fois_n_est_pas_un_conflit(entretien):
    noter(entretien, TENU)
    assert services.saisir_les_presences(presences={entretien: TENU}, vues={entretien: PREVU}, par=None, le=APRES) == 0


def test_une_absence_previent_l_origine_et_une_correction_la_retient(entretien):
    noter(entretien, ABSENT)
    [courriel] = Courriel.objects.all()
    assert courriel.sujet == "Passpro : 1 absence à un entretien"
    assert courriel.destinataire == entretien.candidature.eleve.etablissement.messagerie
    assert "avant le mardi 18\u00a0mai" in courriel.texte
    noter(entretien, TENU, le=APRES + timedelta(minutes=2))
    assert Courriel.objects.get().etat == EtatCourriel.RAPPELE
    noter(entretien, ABSENT, le=APRES + timedelta(minutes=3))
    assert Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).count() == 1


@pytest.mark.parametrize("nombre", [2, 20])
def test_une_journee_se_note_en_un_nombre_constant_de_requetes(accueil, nombre, django_assert_max_num_queries):
    creneaux = ouvrir(accueil, au=JEUDI + timedelta(days=20))[:nombre]
    candidatures = CandidatureFactory.create_batch(nombre, accueil=accueil)
    entretiens = services.placer_plusieurs(
        placements=list(zip(candidatures, creneaux, strict=True)), par=None, le=EN_MARS
    )
    with django_assert_max_num_queries(20):
        services.saisir_les_presences(
            presences=dict.fromkeys(entretiens, TENU), par=None, le=instant(9, jour=JEUDI + timedelta(days=21))
        )


def test_n_annuler_aucune_absence_ne_retient_aucun_courriel(entretien):
    convoquer(entretien)
    assert services.annuler_des_absences(avant={}, depuis=EN_MARS, par=None, le=EN_MARS) == 0
    assert set(Courriel.objects.values_list("etat", flat=True)) == {"a_envoyer"}
