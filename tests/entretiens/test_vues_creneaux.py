"""Ouvrir des créneaux en série, les supprimer, tenir ses jurys (écrans A5, A6 et A15)."""

import pytest

from entretiens.models import Creneau, Entretien, Jury
from referentiel.models import Periode
from tests.entretiens.pages import candidat, lien, messages
from tests.factories.entretiens import JuryFactory, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory

pytestmark = pytest.mark.django_db

SERIE = {
    "du": "2027-03-25",
    "au": "2027-03-26",
    "jours": ["3", "4"],
    "exclure": "on",
    "de": "09:00",
    "a": "10:00",
    "duree": "20",
    "battement": "0",
    "capacite": "1",
    "salle": "204",
}


def test_une_serie_se_voit_avant_de_se_creer_et_un_jour_se_decoche(accueil, lycee):
    candidat(accueil)
    adresse = lien("creer_des_creneaux", accueil.etablissement)
    saisie = SERIE | {"accueil": accueil.code}
    apercu = lycee.post(adresse, saisie | {"etape": "apercu"}).content.decode()
    assert "6 créneaux seront créés\xa0: 2 jours, 3 créneaux par jour, 1 salle." in apercu
    assert "Créer les 6 créneaux" in apercu
    assert not Creneau.objects.exists()
    reponse = lycee.post(adresse, saisie | {"etape": "creer", "garde": ["2027-03-26"]}, follow=True)
    assert messages(reponse) == ["3 créneaux créés. Un élève attend un entretien dans ce domaine."]
    assert Creneau.objects.count() == 3


def test_un_jury_d_un_autre_domaine_se_remarque(accueil, lycee):
    jury = JuryFactory(etablissement=accueil.etablissement, domaines=["autre-domaine"])
    saisie = SERIE | {"accueil": accueil.code, "jurys": [str(jury.pk)], "etape": "apercu"}
    page = lycee.post(lien("creer_des_creneaux", accueil.etablissement), saisie).content.decode()
    assert f"{jury.nom} ne reçoit pas d’habitude pour ce domaine." in page


def test_un_nouveau_jury_nait_avec_sa_serie_et_pas_sans_elle(accueil, lycee):
    adresse = lien("creer_des_creneaux", accueil.etablissement)
    saisie = SERIE | {"accueil": accueil.code, "nouveau_jury": "Jury 1", "salle_du_nouveau": "205", "etape": "creer"}
    page = lycee.post(adresse, saisie | {"garde": []}).content.decode()
    assert "Aucun jour ne correspond" in page
    assert not Jury.objects.exists()
    lycee.post(adresse, saisie | {"garde": ["2027-03-25"]})
    assert Jury.objects.get().nom == "Jury 1"
    assert Creneau.objects.first().seance.salle == "205"


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"a": "08:00"}, "L’heure de fin doit être après l’heure de début."),
        ({"du": "2027-06-01", "au": "2027-06-02", "jours": ["1", "2"]}, "les entretiens doivent avoir lieu"),
        ({"pause_de": "12:00"}, "Donnez le début et la fin de la pause."),
        ({"duree": "2"}, "5"),
        ({"salle": ""}, "au moins un jury"),
        ({"jours": []}, "Choisissez au moins un jour."),
        ({"du": "0001-01-01", "au": "9999-12-31"}, "200 jours"),
        ({"du": "pas une date"}, "date"),
    ],
)
def test_une_serie_refusee_garde_ce_qui_etait_saisi(accueil, lycee, champs, phrase):
    saisie = SERIE | {"accueil": accueil.code, "membres": "Mme Leroy"} | champs
    reponse = lycee.post(lien("creer_des_creneaux", accueil.etablissement), saisie | {"etape": "apercu"})
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert phrase in page
    assert "Mme Leroy" in page
    assert "<title>Erreur" in page


def test_apres_la_cloture_la_saisie_est_rendue_a_recopier(accueil, lycee):
    Periode.objects.filter(nature="planification").update(fin="2027-03-01")
    saisie = SERIE | {"accueil": accueil.code, "membres": "Mme Leroy", "etape": "creer", "garde": ["2027-03-25"]}
    page = lycee.post(lien("creer_des_creneaux", accueil.etablissement), saisie).content.decode()
    assert "1er\u00a0mars 2027" in page
    assert "Mme Leroy" in page
    assert not Creneau.objects.exists()


def test_des_creneaux_libres_se_suppriment_apres_confirmation(accueil, lycee):
    creneaux = ouvrir(accueil)
    placer(candidat(accueil), creneaux[0])
    adresse = lien("supprimer_des_creneaux", accueil.etablissement)
    page = lycee.get(adresse, {"jour": "2027-03-25"}).content.decode()
    assert "Supprimer 2 créneaux libres\u00a0?" in page
    lycee.post(adresse, {"creneau": [creneau.code for creneau in creneaux]})
    assert Creneau.objects.get() == creneaux[0]


def test_les_creneaux_d_un_autre_lycee_ne_se_suppriment_pas(accueil, lycee):
    [creneau] = [ouvrir_un_creneau(AccueilFactory(domaine=accueil.domaine))]
    lycee.post(lien("supprimer_des_creneaux", accueil.etablissement), {"creneau": creneau.code})
    assert Creneau.objects.filter(pk=creneau.pk).exists()


def test_un_creneau_s_attribue_depuis_sa_page(accueil, lycee):
    creneau, candidature = ouvrir_un_creneau(accueil), candidat(accueil)
    adresse = lien("creneau", accueil.etablissement, creneau.code)
    assert str(candidature.eleve) in lycee.get(adresse).content.decode()
    lycee.post(adresse, {"geste": "attribuer", "candidature": candidature.code})
    assert Entretien.objects.get().creneau == creneau


def test_un_jury_s_ajoute_et_se_modifie(accueil, lycee):
    adresse = lien("jurys", accueil.etablissement)
    lycee.post(adresse, {"nom": "Jury 1", "membres": "M. Haddad"})
    assert "Ce jury existe déjà." in lycee.post(adresse, {"nom": "Jury 1"}).content.decode()
    jury = Jury.objects.get()
    lycee.post(f"{adresse}?jury={jury.pk}", {"nom": "Jury A", "membres": "M. Haddad"})
    assert Jury.objects.get().nom == "Jury A"
