"""Retoucher un créneau ou sa série, annuler une séance ou une journée (R22 à R26, écrans A6 et A8)."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidatures.models import Candidature
from candidatures.rules import Etat
from comptes.models import Trace
from courriers.models import Courriel
from entretiens import services
from entretiens.models import Convocation, Creneau, Entretien, Envoi, Seance
from entretiens.rules.etats import EtatEntretien, NatureConvocation
from entretiens.rules.series import Poste
from entretiens.services import AnnonceAConfirmer, Retouche
from referentiel.rules.dates import PARIS
from referentiel.rules.refus import Refus
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import JEUDI, JuryFactory, convoquer, instant, ouvrir, placer
from tests.factories.referentiel import AccueilFactory, EtablissementFactory, RattachementFactory

pytestmark = pytest.mark.django_db

PARTI = EN_MARS + timedelta(minutes=11)


@pytest.fixture
def accueil(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: PARTI)
    return AccueilFactory()


@pytest.fixture
def jury(accueil):
    return JuryFactory(etablissement=accueil.etablissement)


@pytest.fixture
def creneaux(accueil, jury) -> list[Creneau]:
    """Deux matinées de trois créneaux, jeudi et vendredi, jury 1, salle 204."""
    return ouvrir(accueil, au=JEUDI + timedelta(days=1), postes=(Poste(jury.pk, jury.nom, "204"),))


@pytest.fixture
def lycee(accueil, connecter):
    place = RattachementFactory(a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement)
    return connecter(place.personne)


def retoucher(creneau, *, heure=None, jury=None, salle="204", suivants=False, d_accord_pour=0):
    relu = Creneau.objects.select_related("seance__jury", "seance__accueil__domaine__campagne").get(pk=creneau.pk)
    debut = heure or relu.periode.lower.astimezone(PARIS).time()
    return services.retoucher(
        creneau=relu,
        retouche=Retouche(debut, jury or relu.seance.jury, salle),
        suivants=suivants,
        d_accord_pour=d_accord_pour,
        par=None,
        le=PARTI,
    )


def salles() -> list[str]:
    return list(Creneau.objects.order_by("periode").values_list("seance__salle", flat=True))


def test_un_creneau_change_seul_de_salle_et_sa_seance_se_scinde(creneaux):
    retoucher(creneaux[1], heure=time(9, 20), salle="205")
    assert salles() == ["204", "205", "204", "204", "204", "204"]
    assert Seance.objects.count() == 4


def test_les_suivants_de_la_serie_changent_ensemble(creneaux, jury):
    autre = JuryFactory(etablissement=jury.etablissement)
    assert retoucher(creneaux[1], heure=time(9, 20), jury=autre, salle="205", suivants=True) == 5
    assert salles() == ["204", "205", "205", "205", "205", "205"]
    assert set(Creneau.objects.order_by("periode").values_list("seance__jury", flat=True)[1:]) == {autre.pk}


@pytest.mark.parametrize(("heure", "ecart"), [(time(9, 10), 10), (time(8, 50), -10)], ids=["plus tard", "plus tôt"])
def test_toute_la_serie_change_d_heure(creneaux, heure, ecart):
    avant = [creneau.periode.lower for creneau in creneaux]
    retoucher(creneaux[0], heure=heure, suivants=True)
    apres = [creneau.periode.lower for creneau in Creneau.objects.order_by("periode")]
    assert apres == [debut + timedelta(minutes=ecart) for debut in avant]


def test_les_morceaux_d_une_seance_scindee_se_decalent_ensemble(creneaux, jury):
    retoucher(creneaux[1], jury=JuryFactory(etablissement=jury.etablissement), salle="205")
    assert retoucher(creneaux[0], heure=time(9, 30), suivants=True) == 5
    assert list(Creneau.objects.filter(seance__jury=jury).order_by("periode").values_list("periode__startswith"))[
        :2
    ] == [
        (instant(9, 30),),
        (instant(10, 10),),
    ]


def test_l_heure_d_un_autre_creneau_est_refusee(creneaux):
    with pytest.raises(Refus, match="se chevauchent"):
        retoucher(creneaux[0], heure=time(9, 10))
    with pytest.raises(Refus, match="le même jour"):
        retoucher(creneaux[0], heure=time(23, 50))
    with pytest.raises(Refus, match="pas de votre établissement"):
        retoucher(creneaux[0], jury=JuryFactory())


def test_une_salle_prise_est_refusee_et_rien_ne_change(accueil, creneaux):
    ouvrir(accueil, postes=(Poste(None, "205", "205"),))
    with pytest.raises(Refus, match="Cette salle est déjà prise"):
        retoucher(creneaux[0], salle="205")
    assert "205" not in Creneau.objects.get(pk=creneaux[0].pk).seance.salle


def test_un_convoque_suit_son_creneau_apres_accord(accueil, creneaux):
    entretien = placer(CandidatureFactory(accueil=accueil), creneaux[0])
    convoquer(entretien)
    with pytest.raises(AnnonceAConfirmer) as annonce:
        retoucher(creneaux[0], heure=time(8, 40))
    assert annonce.value.nombre == 1
    retoucher(creneaux[0], heure=time(8, 40), d_accord_pour=1)
    entretien.refresh_from_db()
    assert entretien.periode.lower == instant(8, 40)
    assert Convocation.objects.en_vigueur().get().periode == entretien.periode
    assert "déplacé du jeudi" in Trace.objects.de(entretien.candidature).filter(fait="entretien_deplace").get().phrase


def test_un_courriel_commun_qui_attend_n_est_refait_qu_une_fois(accueil, creneaux):
    college = EtablissementFactory()
    candidatures = [
        CandidatureFactory(accueil=accueil, eleve__etablissement=college, eleve__referent_courriel="") for _ in range(3)
    ]
    entretiens = [placer(c, creneau) for c, creneau in zip(candidatures, creneaux, strict=False)]
    convoquer(*entretiens, le=PARTI)
    retoucher(creneaux[0], salle="205", suivants=True, d_accord_pour=3)
    assert sorted(Courriel.objects.values_list("etat", flat=True)) == ["a_envoyer", "rappele"]
    assert Courriel.objects.get(etat="a_envoyer").convocations.count() == 3


def test_le_jury_seul_ne_previent_personne(accueil, creneaux, jury):
    convoquer(placer(CandidatureFactory(accueil=accueil), creneaux[0]))
    retoucher(creneaux[0], jury=JuryFactory(etablissement=accueil.etablissement))
    assert Convocation.objects.count() == 1


def test_un_eleve_pris_ailleurs_empeche_de_changer_l_heure_sans_dire_ou(accueil, creneaux):
    candidature = CandidatureFactory(accueil=accueil)
    placer(candidature, creneaux[0])
    ailleurs = AccueilFactory(domaine__campagne=accueil.domaine.campagne)
    [autre] = ouvrir(ailleurs, de=time(11), a=time(11, 20))
    placer(CandidatureFactory(accueil=ailleurs, eleve=candidature.eleve), autre)
    with pytest.raises(Refus, match="n’est pas disponible à cette heure"):
        retoucher(creneaux[0], heure=time(10, 30))


# Annuler ------------------------------------------------------------------------------------------------------


def annuler(accueil, seances, **champs):
    return services.annuler_des_seances(
        etablissement=accueil.etablissement,
        campagne=accueil.domaine.campagne,
        seances=seances,
        par=None,
        **({"le": PARTI, "d_accord_pour": 9} | champs),
    )


def test_annuler_une_seance_rend_eleves_jury_et_salle(accueil, creneaux, jury):
    convoque, place = (CandidatureFactory(accueil=accueil) for _ in range(2))
    convoquer(placer(convoque, creneaux[0]))
    Courriel.objects.update(etat="envoye", envoye_le=EN_MARS)
    placer(place, creneaux[1])
    assert annuler(accueil, [creneaux[0].seance], motif="Jury malade") == 2
    assert set(Candidature.objects.values_list("etat", flat=True)) == {Etat.INSCRITE}
    assert set(Entretien.objects.values_list("etat", flat=True)) == {EtatEntretien.ANNULE}
    annulation = Convocation.objects.get(nature=NatureConvocation.ANNULATION)
    assert annulation.entretien.candidature == convoque
    assert "Jury malade" in Trace.objects.de(convoque).filter(fait="entretien_annule").get().phrase
    with pytest.raises(Refus, match="vient d’être pris"):
        placer(convoque, creneaux[0], le=PARTI)
    ouvrir(accueil, postes=(Poste(jury.pk, jury.nom, "204"),), le=PARTI)
    with pytest.raises(Refus, match="plus rien à annuler"):
        annuler(accueil, [creneaux[0].seance])


def test_une_annulation_de_plusieurs_eleves_ne_fait_qu_un_envoi(accueil, creneaux):
    entretiens = [placer(CandidatureFactory(accueil=accueil), creneau) for creneau in creneaux[:3]]
    convoquer(*entretiens)
    Courriel.objects.update(etat="envoye", envoye_le=EN_MARS)
    annuler(accueil, [creneaux[0].seance])
    assert Envoi.objects.count() == 2
    assert Convocation.objects.filter(nature=NatureConvocation.ANNULATION).count() == 3


def test_une_seance_commencee_garde_ce_qui_a_eu_lieu(accueil, creneaux):
    passe, a_venir = (placer(CandidatureFactory(accueil=accueil), creneau) for creneau in creneaux[:2])
    assert annuler(accueil, [creneaux[0].seance], le=instant(9, 10)) == 1
    passe.refresh_from_db()
    a_venir.refresh_from_db()
    assert (passe.etat, a_venir.etat) == (EtatEntretien.PREVU, EtatEntretien.ANNULE)
    assert Seance.objects.get(pk=creneaux[0].seance_id).annulee_le is None


def test_la_journee_s_annule_depuis_sa_page_avec_la_liste_des_eleves(accueil, creneaux, lycee):
    candidature = CandidatureFactory(accueil=accueil)
    convoquer(placer(candidature, creneaux[0]))
    adresse = reverse("entretiens:annuler_la_journee", args=[accueil.etablissement.segment, JEUDI])
    page = lycee.get(adresse).content.decode()
    assert "Annuler toute la journée du jeudi 25\xa0mars\xa0?" in page
    assert str(candidature.eleve) in page
    assert "Convocation annulée par courriel" in page
    assert 'name="d_accord_pour" value="1"' in page
    placer(CandidatureFactory(accueil=accueil), creneaux[1])
    page = lycee.post(adresse, {"motif": "Jury malade", "d_accord_pour": "1"}).content.decode()
    assert "Un élève vient d’être placé sur ces créneaux" in page
    assert "Jury malade" in page
    page = lycee.post(adresse, {"motif": "", "d_accord_pour": "2"}, follow=True).content.decode()
    assert "2 élèves sont à replanifier" in page
    assert lycee.get(adresse).status_code == 404
    assert Creneau.objects.libres().count() == 3


def test_la_page_du_creneau_demande_l_accord_avant_de_prevenir(accueil, creneaux, jury, lycee):
    convoquer(placer(CandidatureFactory(accueil=accueil), creneaux[0]))
    adresse = reverse("entretiens:creneau", args=[accueil.etablissement.segment, creneaux[0].code])
    saisie = {"geste": "modifier", "heure": "09:00", "jury": str(jury.pk), "salle": "301", "portee": "suivants"}
    page = lycee.post(adresse, saisie).content.decode()
    assert "un élève est déjà convoqué" in page
    assert salles() == ["204"] * 6
    page = lycee.post(adresse, saisie | {"d_accord_pour": "1"}, follow=True).content.decode()
    assert "6 créneaux modifiés." in page
    assert salles() == ["301"] * 6


def test_la_serie_se_duplique_et_ses_creneaux_libres_se_suppriment(accueil, creneaux, lycee):
    uai, code = accueil.etablissement.segment, creneaux[0].seance.serie.code
    page = lycee.get(reverse("entretiens:serie", args=[uai, code])).content.decode()
    assert "Supprimer les 6 créneaux libres à venir" in page
    copie = lycee.get(f"{reverse('entretiens:creer_des_creneaux', args=[uai])}?serie={code}").content.decode()
    assert 'value="2027-04-01"' in copie
    assert 'value="204"' in copie
    suppression = f"{reverse('entretiens:supprimer_des_creneaux', args=[uai])}?serie={code}"
    page = lycee.get(suppression).content.decode()
    assert "Supprimer 6 créneaux libres" in page
    assert "Aucun élève n’est concerné." in page
    lycee.post(suppression, {"creneau": [creneau.code for creneau in creneaux]})
    assert not Creneau.objects.exists()
