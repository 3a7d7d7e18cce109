"""Les présences d'une journée, notées ensemble (écran A10)."""

import pytest

from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from tests.entretiens.pages import candidat, lien, messages
from tests.factories.entretiens import instant, ouvrir, ouvrir_un_creneau, placer

pytestmark = pytest.mark.django_db


def test_les_presences_se_notent_d_un_jour(accueil, entrer, horloge):
    un, deux, _ = ouvrir(accueil)
    entretiens = [placer(candidat(accueil), creneau) for creneau in (un, deux)]
    horloge(instant(12))
    lycee, adresse = entrer(), lien("presences", accueil.etablissement)
    page = lycee.get(adresse, {"jour": "2027-03-25"})
    assert page.content.decode().count("checked") == 0
    saisie = {"jour": "2027-03-25", f"presence_{entretiens[0].code}": "absent"}
    rempli = lycee.post(adresse, saisie | {"geste": "tous"}).content.decode()
    assert rempli.count("checked") == 2
    assert set(Entretien.objects.values_list("etat", flat=True)) == {EtatEntretien.PREVU}
    saisie[f"presence_{entretiens[1].code}"] = "tenu"
    reponse = lycee.post(adresse, saisie | {"geste": "enregistrer"}, follow=True)
    assert messages(reponse) == ["2 présences enregistrées."]
    assert set(Candidature.objects.values_list("etat", flat=True)) == {Etat.ABSENTE, Etat.REALISEE}


def test_une_presence_trop_tot_est_refusee_sans_perdre_la_saisie(accueil, lycee):
    entretien = placer(candidat(accueil), ouvrir_un_creneau(accueil))
    saisie = {"jour": "2027-03-25", f"presence_{entretien.code}": "tenu", "geste": "enregistrer"}
    page = lycee.post(lien("presences", accueil.etablissement), saisie).content.decode()
    assert "n’a pas encore commencé" in page
    assert page.count("checked") == 1


@pytest.mark.parametrize("jour", ["2027-13-45", "9999-12-31", "0001-01-01", "<script>"])
def test_un_jour_illisible_montre_aujourd_hui(accueil, lycee, jour):
    reponse = lycee.get(lien("presences", accueil.etablissement), {"jour": jour})
    assert "Présences du mercredi 10 mars" in reponse.content.decode()
