"""L'offre, les consignes, les jurys et les salles qu'un lycée tient (R7, R8, R25, écran A15)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidatures.models import Candidature
from comptes.models import Trace
from entretiens import services
from entretiens.models import Convocation, Jury, Salle
from entretiens.rules.etats import NatureConvocation
from entretiens.rules.series import Poste
from entretiens.services import Tenue
from referentiel.models import Accueil, Etablissement
from referentiel.rules.jeu import ChoixDeLaModalite, Modalite, laisse_choisir
from referentiel.rules.refus import Refus
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import JuryFactory, convoquer, instant, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, DomaineFactory, OffreFactory, RattachementFactory

pytestmark = pytest.mark.django_db

PARTI = EN_MARS + timedelta(minutes=11)


@pytest.fixture
def accueil(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: EN_MARS)
    return AccueilFactory()


@pytest.fixture
def au_choix(accueil):
    accueil.domaine.modalite = Modalite.AU_CHOIX
    accueil.domaine.save()
    return accueil


@pytest.fixture
def chef(accueil, connecter):
    return connecter(RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne)


def tenue(**champs) -> Tenue:
    vides = dict.fromkeys(("lieu", "acces", "contact_nom", "contact_telephone", "contact_courriel"), "")
    return Tenue(**(vides | champs))


def tenir(accueil, *, d_accord_pour=0, le=EN_MARS, **champs):
    relu = Accueil.objects.select_related("domaine__campagne", "etablissement").get(pk=accueil.pk)
    return services.tenir_l_accueil(accueil=relu, tenue=tenue(**champs), d_accord_pour=d_accord_pour, par=None, le=le)


def lien(nom, accueil, *args) -> str:
    return reverse(f"entretiens:{nom}", args=[accueil.etablissement.segment, *args])


@pytest.mark.parametrize(
    ("qui", "du_domaine", "choisit"),
    [
        ("saio", "au_choix", False),
        ("domaines", "au_choix", True),
        ("domaines", "individuel", False),
        ("accueil", "individuel", True),
    ],
)
def test_la_modalite_se_choisit_la_ou_le_saio_la_laisse(qui, du_domaine, choisit):
    assert laisse_choisir(ChoixDeLaModalite(qui), du_domaine=Modalite(du_domaine)) is choisit


def test_une_modalite_fixee_par_le_saio_ne_change_pas(accueil):
    with pytest.raises(Refus, match="fixée par le SAIO"):
        tenir(accueil, modalite="collectif")


def test_la_modalite_choisie_vaut_pour_les_eleves_qui_attendent(au_choix):
    candidature = CandidatureFactory(accueil=au_choix, modalite="individuel")
    tenir(au_choix, modalite="collectif")
    assert Candidature.objects.get(pk=candidature.pk).modalite == Modalite.COLLECTIF


def test_une_seance_ouverte_empeche_de_changer_de_modalite(au_choix):
    ouvrir_un_creneau(au_choix)
    with pytest.raises(Refus, match="annulez-la"):
        tenir(au_choix, modalite="collectif")


@pytest.mark.parametrize(
    ("vides", "phrase"),
    [
        ({"adresse": ""}, "Sans lieu d’entretien, la convocation ne peut pas partir."),
        ({"telephone": ""}, "Sans contact, la convocation ne peut pas partir."),
    ],
)
def test_sans_lieu_ni_contact_aucune_convocation_ne_part(accueil, vides, phrase):
    entretien = placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil))
    Etablissement.objects.filter(pk=accueil.etablissement_id).update(**vides)
    assert list(Accueil.objects.incomplets()) == [accueil]
    with pytest.raises(Refus) as refus:
        convoquer(entretien)
    assert phrase in str(refus.value)
    assert accueil.domaine.nom in str(refus.value)
    assert not Convocation.objects.exists()
    tenir(accueil, lieu="Bâtiment B", contact_courriel="ddfpt@lycee.example")
    assert not Accueil.objects.incomplets().exists()
    convoquer(entretien)


def test_un_lieu_qui_change_previent_les_convoques_apres_accord(accueil):
    entretien = placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil))
    convoquer(entretien)
    with pytest.raises(services.AnnonceAConfirmer) as annonce:
        tenir(accueil, le=PARTI, lieu="Bâtiment B")
    assert annonce.value.nombre == 1
    assert tenir(accueil, le=PARTI, lieu="Bâtiment B", d_accord_pour=1) == 1
    assert "Bâtiment B" in Convocation.objects.order_by("sequence").last().lieu


def test_des_convoques_ne_perdent_pas_leur_lieu(accueil):
    Etablissement.objects.filter(pk=accueil.etablissement_id).update(adresse="")
    tenir(accueil, lieu="Bâtiment B")
    convoquer(placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil)))
    with pytest.raises(Refus, match="Sans lieu d’entretien"):
        tenir(accueil, le=PARTI, lieu="", d_accord_pour=1)
    assert Accueil.objects.get(pk=accueil.pk).lieu == "Bâtiment B"
    assert Convocation.objects.count() == 1


def test_la_page_dit_ce_qui_manque_et_mene_au_champ(accueil, chef):
    Etablissement.objects.filter(pk=accueil.etablissement_id).update(adresse="")
    page = chef.get(lien("offre", accueil)).content.decode()
    assert f'href="{lien("accueil", accueil, accueil.code)}#id_lieu"' in page
    assert "Sans lieu d’entretien, la convocation ne peut pas partir." in page
    placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil))
    verification = chef.get(lien("verifier_l_envoi", accueil)).content.decode()
    assert f'href="{lien("accueil", accueil, accueil.code)}#id_lieu"' in verification
    chef.post(lien("offre", accueil))
    assert Accueil.objects.get().verifie_le is None
    chef.post(lien("accueil", accueil, accueil.code), {"lieu": "Bâtiment B", "contact_telephone": "01 99 00 10 00"})
    assert "Offre 2027 confirmée" in chef.post(lien("offre", accueil), follow=True).content.decode()
    assert Accueil.objects.get().verifie_le == EN_MARS
    assert Trace.objects.de(accueil).filter(fait="offre_modifiee").exists()


def test_la_page_demande_l_accord_avant_de_prevenir(accueil, chef):
    convoquer(placer(CandidatureFactory(accueil=accueil), ouvrir_un_creneau(accueil)))
    adresse, saisie = lien("accueil", accueil, accueil.code), {"lieu": "Bâtiment B"}
    page = chef.post(adresse, saisie).content.decode()
    assert "un élève est déjà convoqué" in page
    assert 'value="Bâtiment B"' in page
    assert Accueil.objects.get().lieu == ""
    chef.post(adresse, saisie | {"d_accord_pour": "1"})
    assert Accueil.objects.get().lieu == "Bâtiment B"
    assert Convocation.objects.order_by("sequence").last().nature in set(NatureConvocation)


def test_un_gestionnaire_lit_sans_changer_sauf_s_il_en_a_le_droit(accueil, connecter):
    place = RattachementFactory(a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement)
    client = connecter(place.personne)
    assert client.get(lien("offre", accueil)).status_code == 200
    assert client.post(lien("offre", accueil)).status_code == 403
    assert client.post(lien("consignes", accueil), {}).status_code == 403
    place.tient_l_offre = True
    place.save()
    assert client.post(lien("offre", accueil)).status_code == 302


def test_les_consignes_se_voient_avant_de_s_ecrire(accueil, chef):
    adresse, champ = lien("consignes", accueil), f"consignes_{accueil.code}"
    page = chef.post(adresse, {champ: "Tenue de cuisine propre.", "apercu": accueil.code}).content.decode()
    assert page.count("Tenue de cuisine propre.") == 2
    assert Accueil.objects.get().consignes == ""
    assert "300" in chef.post(adresse, {champ: "x" * 301}).content.decode()
    chef.post(adresse, {champ: "Tenue de cuisine propre."})
    assert Accueil.objects.get().consignes == "Tenue de cuisine propre."


def test_les_consignes_qu_un_collegue_vient_d_ecrire_ne_sont_pas_reprises(accueil, chef):
    autre = AccueilFactory(
        domaine=DomaineFactory(campagne=accueil.domaine.campagne), etablissement=accueil.etablissement
    )
    adresse = lien("consignes", accueil)
    assert f'name="vu_{autre.code}" value=""' in chef.get(adresse).content.decode()
    services.ecrire_les_consignes(accueils={autre: "Venir à jeun."}, par=None, le=EN_MARS)
    saisie = {f"consignes_{accueil.code}": "Tenue propre.", f"consignes_{autre.code}": ""}
    chef.post(adresse, saisie | {f"vu_{accueil.code}": "", f"vu_{autre.code}": ""})
    assert set(Accueil.objects.values_list("consignes", flat=True)) == {"Tenue propre.", "Venir à jeun."}


def test_une_formation_hors_passpro_garde_sa_presentation(accueil, chef):
    offre = OffreFactory(
        formation__domaine=accueil.domaine,
        etablissement=accueil.etablissement,
        hors_passpro=True,
        presentation="Portes ouvertes.",
    )
    adresse = lien("presentation", accueil, offre.formation.slug)
    assert "Dites comment les élèves la découvrent." in chef.post(adresse, {"presentation": " "}).content.decode()
    chef.post(adresse, {"presentation": "Mini-stages en mars."})
    offre.refresh_from_db()
    assert offre.presentation == "Mini-stages en mars."


def test_un_jury_qui_a_servi_se_retire_sans_s_effacer(accueil, chef):
    jury = JuryFactory(etablissement=accueil.etablissement)
    adresse = f"{lien('jurys', accueil)}?jury={jury.pk}"
    ouvrir(accueil, postes=(Poste(jury.pk, jury.nom, "204"),))
    chef.post(adresse, {"geste": "retirer"})
    assert not Jury.objects.en_service().exists()
    chef.post(adresse, {"geste": "reprendre"})
    assert Jury.objects.en_service().get() == jury
    neuf = JuryFactory(etablissement=accueil.etablissement)
    chef.post(f"{lien('jurys', accueil)}?jury={neuf.pk}", {"geste": "retirer"})
    assert list(Jury.objects.all()) == [jury]


def test_un_jury_garde_ses_domaines_et_sa_salle(accueil, chef):
    autre = AccueilFactory(
        domaine=DomaineFactory(campagne=accueil.domaine.campagne), etablissement=accueil.etablissement
    )
    saisie = {"nom": "Jury 1", "membres": "M. Haddad", "salle": "204", "domaines": [autre.domaine.slug]}
    chef.post(lien("jurys", accueil), saisie)
    jury = Jury.objects.get()
    assert (jury.salle, jury.domaines) == ("204", [autre.domaine.slug])


def test_un_lycee_d_un_seul_domaine_ne_perd_pas_celui_de_son_jury(accueil, chef):
    slugs = sorted([accueil.domaine.slug, "un-domaine-d-avant"])
    jury = JuryFactory(etablissement=accueil.etablissement, domaines=slugs)
    chef.post(f"{lien('jurys', accueil)}?jury={jury.pk}", {"nom": "Jury A", "membres": "", "salle": ""})
    jury.refresh_from_db()
    assert (jury.nom, jury.domaines) == ("Jury A", slugs)


def test_les_salles_forment_une_liste_sans_doublon(accueil, chef):
    adresse = lien("salles", accueil)
    chef.post(adresse, {"nom": " Hall  C ", "places": "30"})
    assert "déjà dans la liste" in chef.post(adresse, {"nom": "hall c"}).content.decode()
    salle = Salle.objects.get()
    assert (salle.nom, salle.places) == ("Hall C", 30)
    chef.post(f"{adresse}?salle={salle.pk}", {"nom": "Hall D"})
    assert Salle.objects.get().nom == "Hall D"
    chef.post(f"{adresse}?salle={salle.pk}", {"geste": "retirer"})
    assert not Salle.objects.exists()


def test_un_membre_de_jury_trouve_ses_entretiens_du_jour_en_haut_de_sa_page(accueil, chef, connecter, monkeypatch):
    """Le jury se choisit dans l'équipe ; un membre lit ses entretiens du jour, un collègue non, un étranger jamais."""
    membre, collegue = (
        RattachementFactory(a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement) for _ in range(2)
    )
    ailleurs = RattachementFactory(a_l_accueil=True, gestionnaire=True)
    saisie = {"nom": "Jury 1", "membres": "Mme Bakary, formatrice", "equipe": [str(membre.pk)]}
    page = chef.post(lien("jurys", accueil), saisie | {"equipe": [str(ailleurs.pk)]}).content.decode()
    assert "Sélectionnez un choix valide" in page
    assert not Jury.objects.exists()
    page = chef.post(lien("jurys", accueil), saisie, follow=True).content.decode()
    assert f"Avec un compte&nbsp;: {membre.personne}" in page
    jury = Jury.objects.get()
    with pytest.raises(Refus, match="doit avoir un compte dans l’établissement"):
        services.modifier_le_jury(jury=jury, nom="Jury 1", membres="", equipe=[ailleurs], par=None, le=EN_MARS)

    creneaux = ouvrir(accueil, postes=(Poste(jury.pk, jury.nom, "204"),))
    entretien = placer(CandidatureFactory(accueil=accueil), creneaux[0])
    monkeypatch.setattr(timezone, "now", lambda: instant(8))
    accueil_du_lycee = reverse("pilotage:a_faire_accueil", args=[accueil.etablissement.segment])
    page = connecter(membre.personne).get(accueil_du_lycee).content.decode()
    assert "Mes entretiens aujourd’hui" in page
    assert f"9\xa0h\xa000 – {entretien.candidature.eleve}" in page
    assert reverse("avis:compte_rendu", args=[accueil.etablissement.segment, entretien.candidature.code]) in page
    assert "Mes entretiens aujourd’hui" not in connecter(collegue.personne).get(accueil_du_lycee).content.decode()
