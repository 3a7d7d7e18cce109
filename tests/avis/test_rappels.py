"""Les comptes-rendus en retard se rappellent par courriel, sans insister (R27, F7)."""

from datetime import date, datetime, timedelta

import pytest

from avis.models import CompteRendu
from avis.services import rappeler_les_retards
from avis.tasks import rappeler_les_comptes_rendus
from candidatures.rules import Etat
from courriers.models import Courriel
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Derogation
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import PARIS
from tests.factories.avis import JEUDI, candidature_entendue, candidature_rendue, entretien_pour
from tests.factories.candidatures import CandidatureFactory
from tests.factories.referentiel import AccueilFactory, RattachementFactory

pytestmark = pytest.mark.django_db

# L'entretien de jeudi se rend au plus tard lundi 15 mars : mardi matin, il est en retard.
MARDI = datetime(2027, 3, 16, 7, 0, tzinfo=PARIS)


@pytest.fixture
def accueil():
    return AccueilFactory()


@pytest.fixture(autouse=True)
def chef(accueil):
    return RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne


def test_part_a_la_messagerie_et_au_chef_sans_nom_d_eleve(accueil, chef):
    candidature_entendue(accueil=accueil)
    sans_presence = CandidatureFactory(accueil=accueil, etat=Etat.CONVOQUEE)
    entretien_pour(sans_presence, etat=EtatEntretien.PREVU, debut=JEUDI + timedelta(hours=1))
    assert rappeler_les_retards(le=MARDI) == 2
    assert set(Courriel.objects.values_list("destinataire", flat=True)) == {
        accueil.etablissement.messagerie,
        chef.courriel,
    }
    courriel = Courriel.objects.first()
    assert courriel.sujet == "Passpro : 2 comptes-rendus en retard"
    assert "jeudi 11\u00a0mars" in courriel.texte
    assert "Présences à saisir d’abord\u00a0: 1." in courriel.texte
    assert sans_presence.eleve.nom not in courriel.texte + courriel.html


def test_ne_part_ni_deux_fois_ni_avant_trois_jours(accueil):
    candidature_entendue(accueil=accueil)
    rappeler_les_retards(le=MARDI)
    for plus_tard in (timedelta(0), timedelta(hours=3), timedelta(days=1), timedelta(days=2, hours=12)):
        assert rappeler_les_retards(le=MARDI + plus_tard) == 0
    assert rappeler_les_retards(le=MARDI + timedelta(days=3)) == 2
    assert Courriel.objects.count() == 4


@pytest.mark.parametrize(
    "le",
    [
        pytest.param(MARDI - timedelta(minutes=1), id="avant sept heures"),
        pytest.param(datetime(2027, 3, 20, 9, 0, tzinfo=PARIS), id="un samedi"),
        pytest.param(datetime(2027, 3, 29, 9, 0, tzinfo=PARIS), id="le lundi de Pâques"),
        pytest.param(datetime(2027, 5, 26, 9, 0, tzinfo=PARIS), id="la saisie close"),
    ],
)
def test_attend_une_heure_ouvree_et_une_saisie_ouverte(accueil, le):
    candidature_entendue(accueil=accueil)
    assert rappeler_les_retards(le=le) == 0


def test_un_delai_accorde_se_relance_encore(accueil):
    candidature_entendue(accueil=accueil)
    Derogation.objects.create(
        campagne=accueil.domaine.campagne,
        etablissement=accueil.etablissement,
        nature=Nature.SAISIE_AVIS_ACCUEIL,
        jusqu_au=date(2027, 5, 27),
        motif="Panne.",
    )
    assert rappeler_les_retards(le=datetime(2027, 5, 26, 9, 0, tzinfo=PARIS)) == 2


def test_rien_a_dire_a_qui_n_est_pas_en_retard(accueil, chef):
    candidature_rendue(accueil=accueil, par=chef)
    candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(days=4))
    absente = CandidatureFactory(accueil=accueil, etat=Etat.ABSENTE)
    entretien_pour(absente, etat=EtatEntretien.ABSENT, debut=JEUDI + timedelta(hours=1))
    assert rappeler_les_retards(le=MARDI) == 0


def test_une_adresse_inutilisable_n_arrete_pas_les_autres(accueil, chef):
    accueil.etablissement.messagerie = ""
    accueil.etablissement.save()
    candidature_entendue(accueil=accueil)
    assert rappeler_les_retards(le=MARDI) == 1
    assert Courriel.objects.get().destinataire == chef.courriel


def test_la_tache_de_l_atelier_relance_ce_qui_est_du(accueil, monkeypatch):
    candidature_entendue(accueil=accueil)
    monkeypatch.setattr("avis.tasks.timezone.now", lambda: MARDI)
    rappeler_les_comptes_rendus()
    rappeler_les_comptes_rendus()
    assert Courriel.objects.count() == 2
    assert not CompteRendu.objects.exists()
