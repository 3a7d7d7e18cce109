from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from candidatures.models import Candidature
from candidatures.rules import Etat
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens import services
from entretiens.models import Convocation, Creneau, Entretien, Envoi, Jury
from entretiens.rules.etats import EtatEntretien
from entretiens.rules.series import Poste
from referentiel.models import Campagne, Etablissement, Periode, Travail
from referentiel.services.travaux import preparer_le_prochain_travail
from tests.factories.candidatures import EN_MARS, CandidatureFactory, EleveFactory
from tests.factories.entretiens import JEUDI, JuryFactory, convoquer, instant, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, EtablissementFactory, RattachementFactory
from tests.modeles import modeles_batis

pytestmark = pytest.mark.django_db

REQUETES_AU_PLUS = 12
PARTI = EN_MARS + timedelta(minutes=11)


@pytest.fixture
def horloge(monkeypatch):
    """Règle l'instant de réception des requêtes."""

    def regler(le):
        monkeypatch.setattr(timezone, "now", lambda: le)

    regler(EN_MARS)
    return regler


@pytest.fixture
def accueil(horloge):
    return AccueilFactory()


@pytest.fixture
def entrer(accueil, connecter):
    """Connecte une gestionnaire du lycée, à l'heure de l'horloge."""

    def _entrer():
        place = RattachementFactory(a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement)
        return connecter(place.personne)

    return _entrer


@pytest.fixture
def lycee(entrer):
    return entrer()


@pytest.fixture
def college():
    return EtablissementFactory(nom="Collège Jean-Moulin", telephone="01 99 99 99 99")


@pytest.fixture
def origine(college, connecter):
    return connecter(RattachementFactory(etablissement=college).personne)


def candidat(accueil, college=None, **champs):
    eleve = EleveFactory(campagne=accueil.domaine.campagne, etablissement=college or EtablissementFactory(), **champs)
    return CandidatureFactory(accueil=accueil, eleve=eleve)


def lien(nom, etablissement, *args) -> str:
    return reverse(f"entretiens:{nom}", args=[etablissement.segment, *args])


def messages(reponse) -> list[str]:
    return [str(message) for message in reponse.context["messages"]]


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

# Qui ouvre quoi --------------------------------------------------------------------------------------------

PAGES_DE_L_ACCUEIL = [
    "planning",
    "planning_liste",
    "proposer",
    "creer_des_creneaux",
    "envois",
    "presences",
    "jurys",
]


@pytest.mark.parametrize("nom", PAGES_DE_L_ACCUEIL)
@pytest.mark.parametrize("qui", ["chef", "gestionnaire", "autre lycée", "origine", "saio", "observation", "anonyme"])
def test_seules_les_personnes_du_lycee_ouvrent_ses_pages(accueil, connecter, client, nom, qui):
    places = {
        "chef": {"a_l_accueil": True, "etablissement": accueil.etablissement},
        "gestionnaire": {"a_l_accueil": True, "gestionnaire": True, "etablissement": accueil.etablissement},
        "autre lycée": {"a_l_accueil": True},
        "origine": {"etablissement": accueil.etablissement},
        "saio": {"saio": True},
        "observation": {"observation": True},
    }
    visiteur = client if qui == "anonyme" else connecter(RattachementFactory(**places[qui]).personne)
    attendu = 302 if qui == "anonyme" else 200 if qui in {"chef", "gestionnaire"} else 404
    assert visiteur.get(lien(nom, accueil.etablissement)).status_code == attendu


def pages_d_un_objet(accueil, entretien, envoi):
    etablissement, code = accueil.etablissement, entretien.candidature.code
    return [
        lien("creneau", etablissement, entretien.creneau.code),
        lien("planifier", etablissement, code),
        lien("deplacer", etablissement, code),
        lien("annuler", etablissement, code),
        lien("envoi", etablissement, envoi.code),
        lien("rappeler_l_envoi", etablissement, envoi.code),
        lien("renvoyer", etablissement, envoi.code),
    ]


def test_ce_qui_est_d_un_autre_lycee_n_existe_pas(accueil, connecter):
    entretien = placer(candidat(accueil), ouvrir_un_creneau(accueil))
    envoi = convoquer(entretien)
    autre = AccueilFactory(domaine=accueil.domaine)
    voisin = connecter(RattachementFactory(a_l_accueil=True, etablissement=autre.etablissement).personne)
    for page in pages_d_un_objet(accueil, entretien, envoi):
        for adresse in (page, page.replace(accueil.etablissement.segment, autre.etablissement.segment)):
            geste = voisin.get if page == lien("envoi", accueil.etablissement, envoi.code) else voisin.post
            assert geste(adresse, {"creneau": entretien.creneau.code, "geste": "attribuer"}).status_code == 404
    assert Entretien.objects.get().etat == EtatEntretien.PREVU


def test_un_jury_d_un_autre_lycee_ne_se_modifie_pas(accueil, lycee):
    ailleurs = JuryFactory(nom="Jury voisin")
    reponse = lycee.post(f"{lien('jurys', accueil.etablissement)}?jury={ailleurs.pk}", {"nom": "Pris"})
    assert reponse.status_code == 404
    assert "Jury voisin" not in lycee.get(lien("jurys", accueil.etablissement)).content.decode()


@pytest.mark.parametrize("nom", ["convocation", "convocation_pdf", "convocation_ics"])
def test_un_college_ne_lit_que_ses_convocations_et_une_fois_parties(accueil, college, origine, connecter, horloge, nom):
    convoquer(placer(candidat(accueil, college), ouvrir_un_creneau(accueil)))
    code = Convocation.objects.get().code
    assert origine.get(lien(nom, college, code)).status_code == 404
    horloge(PARTI)
    assert origine.get(lien(nom, college, code)).status_code == 200
    autre = RattachementFactory()
    voisin = connecter(autre.personne)
    assert voisin.get(lien(nom, college, code)).status_code == 404
    assert voisin.get(lien(nom, autre.etablissement, code)).status_code == 404


# Planning --------------------------------------------------------------------------------------------------


def test_la_semaine_montre_les_eleves_et_les_creneaux_libres(accueil, lycee):
    jury = JuryFactory(etablissement=accueil.etablissement, nom="Jury 1")
    creneaux = ouvrir(accueil, postes=(Poste(jury.pk, "Jury 1", "204"),))
    placer(candidat(accueil, nom="Abadie", prenom="Inès"), creneaux[0])
    page = lycee.get(lien("planning_semaine", accueil.etablissement, 2027, 12)).content.decode()
    assert "Entretiens de la semaine du 22 au 26\u00a0mars\u00a0: 3 créneaux dont 2 libres" in page
    assert "9\u00a0h\u00a000 – ABADIE Inès" in page
    assert "2 libres, de 9\u00a0h\u00a020 à 10\u00a0h\u00a000" in page
    assert page.count("<h1") == 1


def test_un_eleve_place_separe_deux_plages_libres(accueil, lycee):
    jury = JuryFactory(etablissement=accueil.etablissement, nom="Jury 1")
    creneaux = ouvrir(accueil, postes=(Poste(jury.pk, "Jury 1", "204"),))
    placer(candidat(accueil, nom="Abadie", prenom="Inès"), creneaux[1])
    page = lycee.get(lien("planning_semaine", accueil.etablissement, 2027, 12)).content.decode()
    assert "9\u00a0h\u00a000 – libre" in page
    assert "9\u00a0h\u00a040 – libre" in page


def test_la_semaine_vide_le_dit_et_nomme_les_conges(accueil, lycee):
    page = lycee.get(lien("planning_semaine", accueil.etablissement, 2027, 13)).content.decode()
    assert "Aucun créneau cette semaine." in page
    assert "Férié (lundi de Pâques)" in page


@pytest.mark.parametrize(
    "adresse", ["semaine/2027-60/", "semaine/0-1/", "jour/2027-02-30/", "jour/9999-12-31/", "creneaux/inconnu2/"]
)
def test_une_adresse_du_planning_qui_ne_dit_rien_est_introuvable(accueil, lycee, adresse):
    assert lycee.get(lien("planning", accueil.etablissement) + adresse).status_code == 404


def test_aller_a_un_jour_mene_a_sa_semaine(accueil, lycee):
    planning = lien("planning", accueil.etablissement)
    assert lycee.get(planning, {"jour": "2027-03-25"}).url == f"{planning}semaine/2027-12/"
    assert lycee.get(planning, {"jour": "nawak"}).url == f"{planning}semaine/2027-10/"


def test_le_planning_se_filtre_par_domaine(accueil, lycee):
    ouvrir(accueil)
    autre = AccueilFactory(etablissement=accueil.etablissement, domaine__campagne=accueil.domaine.campagne)
    ouvrir_un_creneau(autre, 15)
    liste = lien("planning_liste", accueil.etablissement)
    assert "4 créneaux dont 4 libres" in lycee.get(liste).content.decode()
    assert "1 créneau dont 1 libre<" in lycee.get(liste, {"domaine": autre.code}).content.decode()


@pytest.mark.parametrize(
    ("nom", "args", "parametres"),
    [
        ("planning_semaine", [2027, 12], {}),
        ("planning_jour", [JEUDI], {}),
        ("planning_liste", [], {}),
        ("proposer", [], {"domaine": True}),
        ("verifier_l_envoi", [], {}),
        ("presences", [], {"jour": "2027-03-25"}),
    ],
)
def test_une_liste_ne_compte_pas_ses_requetes(accueil, lycee, nom, args, parametres):
    parametres = {cle: accueil.code if valeur is True else valeur for cle, valeur in parametres.items()}
    nombres = []
    for heures in ((8,), (9, 10, 11, 14, 15, 16)):
        for heure in heures:
            placements = [(candidat(accueil), ouvrir_un_creneau(accueil, heure, minute)) for minute in (0, 20, 40)]
            if nom != "proposer":
                services.placer_plusieurs(placements=placements, par=None, le=EN_MARS)
        lycee.get(lien("jurys", accueil.etablissement))
        with CaptureQueriesContext(connection) as requetes:
            assert lycee.get(lien(nom, accueil.etablissement, *args), parametres).status_code == 200
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= REQUETES_AU_PLUS


def test_un_creneau_de_plus_au_planning_ne_batit_aucun_modele_de_plus(accueil, lycee):
    adresses = [
        lien("planning_semaine", accueil.etablissement, *JEUDI.isocalendar()[:2]),
        lien("planning_jour", accueil.etablissement, JEUDI),
        lien("planning_liste", accueil.etablissement),
    ]
    nombres = []
    for heure in (8, 9):
        placements = [(candidat(accueil), ouvrir_un_creneau(accueil, heure, minute)) for minute in (0, 20, 40)]
        services.placer_plusieurs(placements=placements, par=None, le=EN_MARS)
        ouvrir_un_creneau(accueil, heure + 5)
        with modeles_batis() as batis:
            assert [lycee.get(adresse).status_code for adresse in adresses] == [200, 200, 200]
        nombres.append(batis)
    assert nombres[0] == nombres[1]


@pytest.mark.parametrize("nom", ["envois", "envoi", "convocations"])
def test_les_convocations_ne_comptent_pas_leurs_requetes(accueil, lycee, college, origine, horloge, nom):
    nombres = []
    for heures in ((8,), (9, 10, 11, 14, 15, 16)):
        for heure in heures:
            placements = [
                (candidat(accueil, college), ouvrir_un_creneau(accueil, heure, minute)) for minute in (0, 20, 40)
            ]
            envoi = convoquer(*services.placer_plusieurs(placements=placements, par=None, le=EN_MARS))
        horloge(PARTI)
        client, etablissement = (origine, college) if nom == "convocations" else (lycee, accueil.etablissement)
        args = [envoi.code] if nom == "envoi" else []
        client.get(lien(nom, etablissement, *args))
        with CaptureQueriesContext(connection) as requetes:
            assert client.get(lien(nom, etablissement, *args)).status_code == 200
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= REQUETES_AU_PLUS


# Créneaux --------------------------------------------------------------------------------------------------


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


# Placer ----------------------------------------------------------------------------------------------------


def test_planifier_ne_montre_que_les_creneaux_ou_l_eleve_peut_venir(accueil, lycee):
    candidature = candidat(accueil)
    libre, gene = ouvrir_un_creneau(accueil, 14), ouvrir_un_creneau(accueil, 9)
    ailleurs = AccueilFactory(domaine__campagne=accueil.domaine.campagne)
    placer(CandidatureFactory(accueil=ailleurs, eleve=candidature.eleve), ouvrir_un_creneau(ailleurs, 9))
    page = lycee.get(lien("planifier", accueil.etablissement, candidature.code)).content.decode()
    assert libre.code in page
    assert gene.code not in page
    assert ailleurs.etablissement.nom not in page
    reponse = lycee.post(lien("planifier", accueil.etablissement, candidature.code), {"creneau": gene.code})
    assert "Ce créneau vient d’être pris. Choisissez-en un autre." in reponse.content.decode()
    lycee.post(lien("planifier", accueil.etablissement, candidature.code), {"creneau": libre.code})
    assert Entretien.objects.filter(candidature=candidature).get().creneau == libre


def test_deplacer_dit_qui_sera_prevenu(accueil, lycee, college):
    un, deux, _ = ouvrir(accueil)
    entretien = placer(candidat(accueil, college), un)
    convoquer(entretien)
    adresse = lien("deplacer", accueil.etablissement, entretien.candidature.code)
    page = lycee.get(adresse).content.decode()
    assert "Une convocation modifiée remplacera la précédente. Le collège Jean-Moulin et Mme Petit" in page
    assert "Déplacer et prévenir" in page
    lycee.post(adresse, {"creneau": deux.code, "motif": "Jury absent"})
    assert Entretien.objects.get().creneau == deux


def test_deplacer_moins_de_48_heures_avant_demande_de_telephoner(accueil, entrer, college, horloge):
    un, *_ = ouvrir(accueil)
    entretien = placer(candidat(accueil, college), un)
    horloge(instant(9) - timedelta(hours=47))
    page = entrer().get(lien("deplacer", accueil.etablissement, entretien.candidature.code)).content.decode()
    assert "01 99 99 99 99" in page


def test_annuler_sans_replanifier_demande_un_motif(accueil, lycee):
    entretien = placer(candidat(accueil), ouvrir_un_creneau(accueil))
    adresse = lien("annuler", accueil.etablissement, entretien.candidature.code)
    page = lycee.post(adresse, {"suite": "annuler", "motif": ""}).content.decode()
    assert "Donnez le motif de l’annulation" in page
    lycee.post(adresse, {"suite": "replanifier"})
    assert Candidature.objects.get().etat == Etat.INSCRITE


# Envoyer ---------------------------------------------------------------------------------------------------


def test_verifier_dit_le_nombre_de_convocations_d_etablissements_et_de_referents(accueil, lycee, college):
    for creneau, referent in zip(ouvrir(accueil), ("a@creteil.example", "b@creteil.example", ""), strict=True):
        placer(candidat(accueil, college, referent_courriel=referent), creneau)
    reponse = lycee.get(lien("verifier_l_envoi", accueil.etablissement))
    page = " ".join(reponse.content.decode().split())
    assert "3 convocations seront envoyées à 1 établissement et à 2 personnes référentes." in page.replace(
        "\u00a0", " "
    )
    assert "Envoyer les 3 convocations" in page
    assert "Convocation à un entretien d’information Passpro" in page
    assert page.count("<h1") == 1
    reponse = lycee.post(
        lien("verifier_l_envoi", accueil.etablissement), {"codes": reponse.context["codes"]}, follow=True
    )
    assert "10\u00a0h\u00a010" in messages(reponse)[0]
    assert Envoi.objects.get().convocations.count() == 3


def test_seuls_les_entretiens_montres_sont_envoyes(accueil, lycee):
    un, deux, _ = ouvrir(accueil)
    montre = placer(candidat(accueil), un)
    placer(candidat(accueil), deux)
    lycee.post(lien("verifier_l_envoi", accueil.etablissement), {"codes": montre.code})
    assert Convocation.objects.get().entretien == montre
    lycee.post(lien("verifier_l_envoi", accueil.etablissement), {"codes": montre.code})
    assert Envoi.objects.count() == 1


def test_un_envoi_s_annule_tant_que_le_delai_court(accueil, lycee, horloge):
    envoi = convoquer(placer(candidat(accueil), ouvrir_un_creneau(accueil)))
    page, rappel = (lien(nom, accueil.etablissement, envoi.code) for nom in ("envoi", "rappeler_l_envoi"))
    assert "Annuler l’envoi" in lycee.get(page).content.decode()
    horloge(PARTI)
    assert "Annuler l’envoi" not in lycee.get(page).content.decode()
    assert "ne peut plus être annulé" in messages(lycee.post(rappel, follow=True))[0]
    horloge(EN_MARS)
    assert "aucun courriel ne part" in messages(lycee.post(rappel, follow=True))[0]
    assert "1 convocation à envoyer" in lycee.get(lien("envois", accueil.etablissement)).content.decode()


def test_une_adresse_refusee_se_voit_avec_sa_raison_et_se_renvoie(accueil, lycee, college, horloge):
    envoi = convoquer(placer(candidat(accueil, college), ouvrir_un_creneau(accueil)))
    courriel = Courriel.objects.get(destinataire=college.messagerie)
    Courriel.objects.filter(pk=courriel.pk).update(etat=EtatCourriel.ABANDONNE, derniere_erreur="550 boîte inconnue")
    horloge(PARTI)
    page = lycee.get(lien("envoi", accueil.etablissement, envoi.code)).content.decode()
    assert "550 boîte inconnue" in page
    renvoi = lien("renvoyer", accueil.etablissement, envoi.code)
    saisie = {"courriel": courriel.pk, "destinataire": college.messagerie}
    assert "déjà été refusée" in messages(lycee.post(renvoi, saisie, follow=True))[0]
    Etablissement.objects.filter(pk=college.pk).update(messagerie="ce.nouvelle@creteil.example")
    saisie["destinataire"] = "ce.nouvelle@creteil.example"
    assert messages(lycee.post(renvoi, saisie, follow=True)) == ["Convocation renvoyée."]
    assert lycee.post(renvoi, {"courriel": "0"}).status_code == 404


def test_une_convocation_sans_adresse_se_voit(accueil, lycee, college):
    Etablissement.objects.filter(pk=college.pk).update(messagerie="")
    college.refresh_from_db()
    envoi = convoquer(placer(candidat(accueil, college, referent_courriel=""), ouvrir_un_creneau(accueil)))
    page = lycee.get(lien("envoi", accueil.etablissement, envoi.code)).content.decode()
    assert "1 convocation sans adresse" in page


# Présences -------------------------------------------------------------------------------------------------


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


# Jurys -----------------------------------------------------------------------------------------------------


def test_un_jury_s_ajoute_et_se_modifie(accueil, lycee):
    adresse = lien("jurys", accueil.etablissement)
    lycee.post(adresse, {"nom": "Jury 1", "membres": "M. Haddad"})
    assert "Ce jury existe déjà." in lycee.post(adresse, {"nom": "Jury 1"}).content.decode()
    jury = Jury.objects.get()
    lycee.post(f"{adresse}?jury={jury.pk}", {"nom": "Jury A", "membres": "M. Haddad"})
    assert Jury.objects.get().nom == "Jury A"


# Origine ---------------------------------------------------------------------------------------------------


@pytest.fixture
def convoques(accueil, college, horloge):
    entretiens = [
        placer(candidat(accueil, college, classe=classe, nom=nom), creneau)
        for (classe, nom), creneau in zip(
            [("3e B", "Diallo"), ("3e A", "Fofana"), ("3e B", "Abadie")], ouvrir(accueil), strict=True
        )
    ]
    convoquer(*entretiens)
    horloge(PARTI)
    return entretiens


def test_la_liste_des_convocations_se_filtre_par_etat_et_par_classe(convoques, college, origine):
    adresse = lien("convocations", college)
    assert "Imprimer les 3 convocations à remettre" in origine.get(adresse).content.decode()
    page = origine.get(adresse, {"classe": "3e B", "etat": "a-remettre"}).content.decode()
    assert "DIALLO" in page
    assert "FOFANA" not in page
    assert "2 convocations<" in page


def test_avant_la_premiere_convocation_la_page_dit_d_attendre(horloge, college, origine):
    AccueilFactory()
    assert "Aucune convocation pour le moment." in origine.get(lien("convocations", college)).content.decode()


def test_imprimer_donne_un_pdf_par_classe_puis_par_nom(convoques, college, origine):
    reponse = origine.get(lien("imprimer", college), {"a_remettre": "1"})
    assert reponse["Content-Type"] == "application/pdf"
    textes = [page.extract_text() for page in PdfReader(BytesIO(reponse.content)).pages]
    assert [next(nom for nom in ("FOFANA", "ABADIE", "DIALLO") if nom in texte) for texte in textes] == [
        "FOFANA",
        "ABADIE",
        "DIALLO",
    ]
    assert origine.get(lien("imprimer", college)).status_code == 302


def test_au_dela_de_vingt_les_convocations_se_preparent_a_l_atelier(convoques, college, origine, monkeypatch):
    monkeypatch.setattr("entretiens.views.origine.IMPRIMEES_AUSSITOT", 2)
    page = origine.get(lien("imprimer", college), {"a_remettre": "1"}).content.decode()
    assert "Préparer les 3 convocations" in page
    assert not Travail.objects.exists()
    codes = list(Convocation.objects.values_list("code", flat=True))
    reponse = origine.post(lien("imprimer", college), {"convocation": [*codes, "dune-autre"]})
    travail = Travail.objects.get()
    assert reponse.url == reverse("referentiel:travail", args=[travail.code])
    preparer_le_prochain_travail(lambda: PARTI)
    travail.refresh_from_db()
    assert (travail.etat, travail.pages, travail.fait) == (Travail.Etat.PRET, 3, 3)


def test_imprimer_une_classe_ne_donne_que_ses_convocations(convoques, college, origine):
    reponse = origine.get(lien("imprimer", college), {"a_remettre": "1", "classe": "3e B"})
    assert len(PdfReader(BytesIO(reponse.content)).pages) == 2


def test_marquer_comme_remises_demande_confirmation(convoques, college, origine):
    adresse = lien("remises", college)
    assert (
        "Marquer ces 3 convocations comme remises\u00a0?" in origine.get(adresse, {"a_remettre": "1"}).content.decode()
    )
    assert not Convocation.objects.filter(remise_le__isnull=False).exists()
    codes = list(Convocation.objects.values_list("code", flat=True))
    reponse = origine.post(adresse, {"convocation": codes}, follow=True)
    assert messages(reponse) == ["3 convocations marquées comme remises."]


def test_la_convocation_en_page_dit_la_meme_chose_que_le_pdf(convoques, college, origine):
    convocation = Convocation.objects.get(entretien=convoques[0])
    page = origine.get(lien("convocation", college, convocation.code)).content.decode()
    for phrase in (
        "Jeudi 25\u00a0mars 2027 à 9\u00a0h\u00a000",
        "Yanis DIALLO",
        "Mme Petit",
        "La cheffe d’établissement, Mme Martin",
    ):
        assert phrase in page
    assert page.count("<h1") == 1
    agenda = origine.get(lien("convocation_ics", college, convocation.code))
    assert agenda["Content-Type"] == "text/calendar"
    assert agenda["Content-Disposition"].endswith('.ics"')


def test_une_convocation_remplacee_renvoie_a_la_nouvelle(convoques, accueil, college, origine, horloge):
    ancienne = Convocation.objects.get(entretien=convoques[0])
    Courriel.objects.update(etat=EtatCourriel.ENVOYE, envoye_le=PARTI)
    services.deplacer(entretien=convoques[0], creneau=ouvrir_un_creneau(accueil, 14), par=None, le=PARTI)
    page = origine.get(lien("convocation", college, ancienne.code)).content.decode()
    assert "Imprimez la nouvelle." in page
    assert Convocation.objects.en_vigueur().get(entretien=convoques[0]).code in page


def test_une_campagne_close_se_lit_sans_s_ecrire(convoques, accueil, lycee, college, origine):
    Campagne.objects.update(etat=Campagne.Etat.CLOSE)
    assert lycee.get(lien("planning", accueil.etablissement)).status_code == 200
    assert origine.get(lien("convocations", college)).status_code == 200
    code = Convocation.objects.first().code
    page = origine.post(lien("remises", college), {"convocation": code}).content.decode()
    assert "consultation seule" in page
    assert not Convocation.objects.filter(remise_le__isnull=False).exists()


def test_lire_ne_change_rien(convoques, accueil, lycee, college, origine):
    avant = (Courriel.objects.count(), Entretien.objects.values_list("etat").count(), Convocation.objects.count())
    etablissement = accueil.etablissement
    for nom in ("rappeler_l_envoi", "renvoyer"):
        assert lycee.get(lien(nom, etablissement, Envoi.objects.get().code)).status_code == 405
    for adresse in (lien("remises", college) + "?a_remettre=1", lien("imprimer", college) + "?a_remettre=1"):
        assert origine.head(adresse).status_code == 200
    assert lycee.head(lien("annuler", etablissement, convoques[0].candidature.code)).status_code == 200
    apres = (Courriel.objects.count(), Entretien.objects.values_list("etat").count(), Convocation.objects.count())
    assert avant == apres
    assert not Convocation.objects.filter(remise_le__isnull=False).exists()
