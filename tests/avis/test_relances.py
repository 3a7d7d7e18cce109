"""Relancer un établissement qui tarde, retenir la relance, lire des noms (écrans S2 et S4)."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from avis.models import Relance
from avis.services import relancer, retenir_les_relances
from comptes.models import Trace
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import faire_partir_un_lot
from passpro.demonstration.facteur import FacteurDePapier
from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import fin_du_jour
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.administration import une_autre_academie
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.referentiel import PERIODES, AccueilFactory, DomaineFactory, EtablissementFactory

Motif = Relance.Motif
RETARDS = reverse("avis:retards")
RELANCER = reverse("avis:relancer")


@pytest.fixture
def maintenant(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)


@pytest.fixture
def scene(db, maintenant) -> Scene:
    return Scene()


@pytest.fixture
def saio(scene, connecter):
    return connecter(scene.saio.personne)


def une_relance(scene: Scene, *, motif=Motif.COMPTES_RENDUS, envoi="a2b3c4d5", le=None, uai=None) -> list[Relance]:
    return relancer(
        envoi=envoi,
        motif=motif,
        uai=uai or [scene.lycee.uai],
        campagne=Campagne.objects.avec_regles().get(pk=scene.campagne.pk),
        par=scene.saio.personne,
        le=le or scene.le,
    )


def test_une_relance_dit_le_nombre_le_plus_ancien_le_lien_et_le_contact(scene):
    scene.campagne.academie.contact_courriel = "saio@creteil.example"
    scene.campagne.academie.save()
    scene.en_retard()
    scene.avec_entretien("realisee", debut=scene.le - timedelta(days=8), presence="tenu")
    scene.avec_entretien("realisee", debut=scene.le - timedelta(hours=5), presence="tenu")
    [relance] = une_relance(scene)
    courriel = relance.courriel
    assert courriel.sujet == "Passpro : 2 comptes-rendus en retard"
    assert courriel.destinataire == scene.lycee.messagerie
    assert "2 comptes-rendus d’entretien ne sont pas encore transmis par votre établissement." in courriel.texte
    assert "Le plus ancien concerne un entretien du vendredi 5\xa0mars." in courriel.texte
    assert f"/accueil/{scene.lycee.segment}/comptes-rendus/" in courriel.texte
    assert "Contactez le SAIO\u00a0: saio@creteil.example" in courriel.texte
    assert courriel.prochain_essai_le == relance.part_le == scene.le + timedelta(minutes=10)
    assert (relance.nombre, relance.par, relance.le) == (2, scene.saio.personne, scene.le)
    trace = Trace.objects.de(scene.lycee).get(fait="relance")
    assert trace.phrase == "Relance du SAIO\xa0: 2 comptes-rendus en retard."


def test_une_relance_de_convocations_dit_les_eleves_et_le_dernier_jour(scene):
    scene.candidature()
    scene.candidature("planifiee")
    [relance] = une_relance(scene, motif=Motif.CONVOCATIONS)
    assert relance.courriel.sujet == "Passpro : 2 élèves à convoquer"
    assert "2 élèves inscrits dans votre établissement n’ont pas encore de convocation." in relance.courriel.texte
    assert "au plus tard le mercredi 24\xa0mars" in relance.courriel.texte


def test_le_meme_envoi_deux_fois_ne_relance_qu_une_fois(scene):
    scene.en_retard()
    assert une_relance(scene) == une_relance(scene)
    assert Relance.objects.count() == Courriel.objects.filter(nature="relance").count() == 1


def test_une_relance_se_retient_pendant_dix_minutes(scene):
    scene.en_retard()
    une_relance(scene)
    presque = scene.le + timedelta(minutes=10) - timedelta(seconds=1)
    gestes = {"envoi": "a2b3c4d5", "campagne": scene.campagne, "par": scene.saio.personne}
    assert retenir_les_relances(**gestes, le=presque) == 1
    assert Courriel.objects.get(nature="relance").etat == EtatCourriel.RAPPELE
    assert not Relance.objects.maintenues().exists()
    with pytest.raises(Refus, match="déjà annulé"):
        retenir_les_relances(**gestes, le=presque)


def test_une_relance_partie_ne_se_retient_plus(scene):
    scene.en_retard()
    une_relance(scene)
    depart = scene.le + timedelta(minutes=10)
    with pytest.raises(Refus, match="sont parties"):
        retenir_les_relances(envoi="a2b3c4d5", campagne=scene.campagne, par=scene.saio.personne, le=depart)
    faire_partir_un_lot(FacteurDePapier(depart), le=depart, au_plus=9)
    assert Courriel.objects.get(nature="relance").etat == EtatCourriel.ENVOYE
    with pytest.raises(Refus, match="en train de partir"):
        retenir_les_relances(envoi="a2b3c4d5", campagne=scene.campagne, par=scene.saio.personne, le=scene.le)


def test_on_ne_relance_ni_qui_ne_tarde_pas_ni_qui_n_a_pas_d_adresse(scene):
    with pytest.raises(Refus, match="n’a plus de retard"):
        une_relance(scene)
    scene.en_retard()
    scene.lycee.messagerie = ""
    scene.lycee.save()
    with pytest.raises(Refus, match="n’a de messagerie"):
        une_relance(scene)
    assert not Relance.objects.exists()


def test_on_ne_relance_plus_quand_la_saisie_est_close(scene):
    scene.en_retard()
    fin = fin_du_jour(PERIODES[Nature.SAISIE_AVIS_ACCUEIL][1])
    with pytest.raises(PeriodeClose):
        une_relance(scene, le=fin)
    assert une_relance(scene, le=fin - timedelta(seconds=1))


def test_la_base_refuse_une_relance_sans_retard_ou_retenue_trop_tard(scene):
    from django.db import IntegrityError

    scene.en_retard()
    [relance] = une_relance(scene)
    for champs in ({"nombre": 0}, {"rappelee_le": relance.part_le}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Relance.objects.filter(pk=relance.pk).update(**champs)


# Les pages -------------------------------------------------------------------------------------------------------


def test_la_page_montre_chaque_retard_puis_la_date_de_la_derniere_relance(scene, saio):
    scene.en_retard()
    scene.candidature()
    une_relance(scene, le=scene.le - timedelta(days=1))
    comptes_rendus, convocations = saio.get(RETARDS).context["listes"]
    [ligne] = comptes_rendus["lignes"]
    assert (ligne["uai"], ligne["nombre"], ligne["jours"], ligne["relance"]) == (scene.lycee.uai, 1, 7, "hier")
    assert convocations["total"] == 1
    page = saio.get(RELANCER, {"motif": "comptes_rendus", "etablissement": scene.lycee.uai}).content.decode()
    assert "Relance déjà envoyée hier à cet établissement." in page


def test_verifier_montre_le_courriel_et_n_envoie_rien(scene, saio):
    scene.en_retard()
    page = saio.post(RELANCER, {"motif": "comptes_rendus", "etablissement": [scene.lycee.uai]})
    assert "1 compte-rendu d’entretien n’est pas encore transmis" in page.content.decode()
    assert not Courriel.objects.filter(nature="relance").exists()
    champs = {"motif": "comptes_rendus", "etablissement": [scene.lycee.uai], "envoi": page.context["envoi"]}
    envoyee = saio.post(RELANCER, champs | {"geste": "envoyer"}, follow=True)
    assert "1 relance part à 10\xa0h\xa010." in envoyee.content.decode()
    assert Courriel.objects.filter(nature="relance").count() == 1
    retenue = saio.post(reverse("avis:retenir_les_relances", args=[page.context["envoi"]]), follow=True)
    assert "Envoi annulé\u00a0: aucune relance ne part." in retenue.content.decode()


def test_sans_selection_la_page_le_dit(scene, saio):
    assert "sélectionnez au moins un établissement" in saio.post(RELANCER, follow=True).content.decode()


def test_la_page_dit_qu_il_n_y_a_aucun_retard(scene, saio):
    page = saio.get(RETARDS).content.decode()
    assert "Aucun compte-rendu en retard." in page
    assert "Tous les élèves inscrits sont convoqués." in page


def test_l_observation_lit_les_retards_de_ses_departements_sans_relancer(scene, connecter):
    scene.en_retard()
    loin = EtablissementFactory(departement="077")
    ailleurs = AccueilFactory(domaine=DomaineFactory(campagne=scene.campagne))
    scene.en_retard(eleve=scene.eleve(etablissement=loin), accueil=ailleurs)
    client = connecter(scene.observateur.personne)
    [liste, _] = client.get(RETARDS).context["listes"]
    assert [ligne["uai"] for ligne in liste["lignes"]] == [scene.lycee.uai]
    assert client.get(RELANCER, {"etablissement": scene.lycee.uai}).status_code == 403


def test_lire_des_noms_se_demande_et_se_note(scene, saio, connecter):
    candidature = scene.candidature()
    adresse = reverse("avis:noms", args=["accueil", scene.lycee.segment, "a-planifier"])
    assert candidature.eleve.nom_affiche not in saio.get(adresse).content.decode()
    assert not Trace.objects.de(scene.lycee).exists()
    assert candidature.eleve.nom_affiche in saio.post(adresse).content.decode()
    [trace] = Trace.objects.de(scene.lycee)
    assert trace.phrase == "Liste nominative consultée par le SAIO\xa0: élèves sans convocation."
    assert trace.apres["lignes"] == 1
    assert trace.auteur == scene.saio.personne
    assert connecter(scene.observateur.personne).post(adresse).status_code == 403


def test_un_etablissement_d_ailleurs_se_lit_s_il_a_inscrit_ici(scene, saio):
    ailleurs = une_autre_academie()
    college, inconnu = EtablissementFactory(academie=ailleurs), EtablissementFactory(academie=ailleurs)
    scene.candidature(eleve=scene.eleve(etablissement=college))
    reponses = [
        saio.get(reverse("avis:noms", args=["origine", lieu.segment, "inscrits"])) for lieu in (college, inconnu)
    ]
    assert [reponse.status_code for reponse in reponses] == [200, 404]


@pytest.mark.parametrize(
    ("cote", "liste", "attendus"),
    [
        ("accueil", "inscrits", 2),
        ("accueil", "en-retard", 1),
        ("origine", "avis-manquants", 2),
        ("origine", "rendus", 0),
    ],
)
def test_chaque_liste_de_noms_compte_comme_le_tableau(scene, saio, cote, liste, attendus):
    scene.candidature()
    scene.en_retard()
    lieu = scene.lycee if cote == "accueil" else scene.college
    page = saio.post(reverse("avis:noms", args=[cote, lieu.segment, liste]))
    assert len(page.context["lignes"]) == attendus
    lignes = saio.get(reverse("pilotage:suivi_etablissements"), {"cote": cote}).context["lignes"]
    colonne = {"inscrits": "eleves", "en-retard": "en_retard", "avis-manquants": "avis_manquants", "rendus": "rendus"}
    assert [ligne[colonne[liste]] for ligne in lignes if ligne["uai"] == lieu.segment] == [attendus]
