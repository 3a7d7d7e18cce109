"""L'écran A10 : ce qu'il montre d'une journée, et ce que répond une ligne enregistrée seule."""

import pytest
from django.urls import reverse
from django.utils import timezone

from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens import services
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.en_direct import sceau_de
from tests.factories.candidatures import CandidatureFactory
from tests.factories.entretiens import instant, ouvrir, placer
from tests.factories.referentiel import AccueilFactory, RattachementFactory

pytestmark = pytest.mark.django_db

JOUR = "2027-03-25"


@pytest.fixture
def horloge(monkeypatch):
    def regler(le):
        monkeypatch.setattr(timezone, "now", lambda: le)

    regler(instant(9, 30))
    return regler


@pytest.fixture
def accueil():
    return AccueilFactory()


@pytest.fixture
def entretiens(accueil) -> list[Entretien]:
    """Deux entretiens commencés à 9 h 30, celui de 9 h 40 à venir."""
    return [placer(CandidatureFactory(accueil=accueil), creneau) for creneau in ouvrir(accueil)]


@pytest.fixture
def personne(accueil):
    place = RattachementFactory(a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement)
    return place.personne


@pytest.fixture
def lycee(horloge, personne, connecter):
    return connecter(personne)


def journee(accueil) -> str:
    return reverse("entretiens:presences", args=[accueil.etablissement.segment])


def noter(lycee, accueil, personne, entretien, presence, vue="prevu"):
    adresse = reverse("entretiens:presence", args=[accueil.etablissement.segment, entretien.code])
    saisie = {f"presence_{entretien.code}": presence, f"vue_{entretien.code}": vue, "personne": sceau_de(personne)}
    return lycee.post(adresse, saisie)


def test_une_presence_choisie_s_enregistre_seule(lycee, accueil, personne, entretiens):
    reponse = noter(lycee, accueil, personne, entretiens[0], "tenu")
    assert reponse.json() == {"presence": "tenu", "etat": "Enregistré à 9\u00a0h\u00a030", "figee": False}
    assert Candidature.objects.get(pk=entretiens[0].candidature_id).etat == Etat.REALISEE
    assert noter(lycee, accueil, personne, entretiens[1], "excuse").json()["figee"]


@pytest.mark.parametrize(
    ("rang", "presence", "phrase"),
    [(2, "tenu", "n’a pas encore commencé"), (0, "", "Choisissez"), (0, "annule", "Choisissez")],
    ids=["trop tôt", "sans réponse", "autre chose"],
)
def test_une_presence_refusee_dit_pourquoi(lycee, accueil, personne, entretiens, rang, presence, phrase):
    reponse = noter(lycee, accueil, personne, entretiens[rang], presence)
    assert reponse.status_code == 422
    assert phrase in reponse.json()["phrase"]
    assert set(Entretien.objects.values_list("etat", flat=True)) == {EtatEntretien.PREVU}


def test_la_reponse_d_une_autre_personne_est_rendue_avec_son_nom(lycee, accueil, personne, entretiens):
    autre = RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne
    services.saisir_les_presences(presences={entretiens[0]: EtatEntretien.ABSENT}, par=autre, le=instant(9, 20))
    reponse = noter(lycee, accueil, personne, entretiens[0], "tenu")
    assert (reponse.status_code, reponse.json()["actuel"]) == (409, {"presence": "absent"})
    assert autre.nom_affiche in reponse.json()["phrase"]


def test_rien_ne_s_ecrit_au_nom_d_une_autre_personne(lycee, accueil, entretiens):
    autre = RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne
    reponse = noter(lycee, accueil, autre, entretiens[0], "tenu")
    assert (reponse.status_code, Entretien.objects.get(pk=entretiens[0].pk).etat) == (422, EtatEntretien.PREVU)
    saisie = {"jour": JOUR, "personne": "autre", f"presence_{entretiens[0].code}": "tenu", "geste": "enregistrer"}
    page = lycee.post(journee(accueil), saisie).content.decode()
    assert "ouverte au nom d’une autre personne" in page
    assert Entretien.objects.get(pk=entretiens[0].pk).etat == EtatEntretien.PREVU


def test_une_page_ancienne_n_efface_pas_ce_qu_elle_n_a_pas_change(lycee, accueil, entretiens):
    """La page montrait « Présence » pour le premier ; corrigé depuis, il le reste."""
    un, deux, _ = entretiens
    services.saisir_les_presences(presences={un: EtatEntretien.ABSENT}, par=None, le=instant(9, 25))
    saisie = {
        "jour": JOUR,
        f"vue_{un.code}": "tenu",
        f"presence_{un.code}": "tenu",
        f"vue_{deux.code}": "prevu",
        f"presence_{deux.code}": "tenu",
    }
    lycee.post(journee(accueil), saisie)
    assert [Entretien.objects.get(pk=e.pk).etat for e in (un, deux)] == [EtatEntretien.ABSENT, EtatEntretien.TENU]


def test_presence_pour_tous_ne_remplit_que_les_lignes_vides_deja_commencees(lycee, accueil, entretiens):
    saisie = {"jour": JOUR, f"presence_{entretiens[0].code}": "absent", "geste": "tous"}
    page = lycee.post(journee(accueil), saisie).content.decode()
    assert page.count("checked") == 2
    assert 'value="absent" checked' in page


def test_un_report_reste_dans_sa_journee_avec_de_quoi_replanifier(lycee, accueil, personne, entretiens):
    noter(lycee, accueil, personne, entretiens[0], "excuse")
    page = lycee.get(journee(accueil), {"jour": JOUR}).content.decode()
    assert "À reporter" in page
    assert reverse("entretiens:planifier", args=[accueil.etablissement.segment, entretiens[0].candidature.code]) in page
    assert "1 sur 3 notées" in page


def test_apres_transmission_la_journee_le_dit_et_ne_propose_plus_de_choix(lycee, accueil, personne, entretiens):
    noter(lycee, accueil, personne, entretiens[0], "tenu")
    Candidature.objects.filter(pk=entretiens[0].candidature_id).update(etat=Etat.RENDUE)
    page = lycee.get(journee(accueil), {"jour": JOUR}).content.decode()
    assert "Le compte-rendu est transmis, la présence ne se corrige plus." in page
    assert f"presence_{entretiens[0].code}" not in page


def test_les_places_encore_libres_du_jour_vont_a_ceux_qui_attendent(lycee, accueil, horloge):
    *_, libre = ouvrir(accueil)
    horloge(instant(9, 30))
    assert libre.code not in lycee.get(journee(accueil), {"jour": JOUR}).content.decode()
    CandidatureFactory.create_batch(2, accueil=accueil)
    page = lycee.get(journee(accueil), {"jour": JOUR}).content.decode()
    assert "2 élèves attendent" in page
    assert reverse("entretiens:creneau", args=[accueil.etablissement.segment, libre.code]) in page
