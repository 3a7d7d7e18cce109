"""Les pages qui changent une inscription : qui les ouvre, ce qu'elles disent, ce qu'un refus garde."""

from datetime import timedelta

import pytest
from django.urls import reverse

from candidatures.models import Candidature, DemandeDeCreneau, DemandeDeTransfert, Eleve
from candidatures.rules import Etat
from candidatures.services import demander_un_creneau, desister
from courriers.models import Courriel
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.models import JeuDeRegles
from referentiel.rules.jeu import Modalite
from tests.factories.changements import INE, ailleurs, convoquee, demande_de_transfert
from tests.factories.inscriptions import APRES_LES_INSCRIPTIONS
from tests.factories.referentiel import RattachementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]


def adresse(monde, nom, **segments):
    return reverse(f"candidatures:{nom}", kwargs={"uai": monde.uai, **segments})


def lire(client, url, **envoi):
    return client.get(url, **envoi).content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def envoyer(client, url, envoi):
    return client.post(url, envoi, follow=True).content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


@pytest.fixture
def chef(monde, connecter):
    return connecter(monde.chef)


@pytest.fixture
def lycee(monde, connecter):
    return connecter(RattachementFactory(a_l_accueil=True, etablissement=monde.accueil.etablissement).personne)


# Inscription ------------------------------------------------------------------------------------------------


def test_la_recherche_ne_trouve_que_les_eleves_d_ici(monde, chef):
    monde.eleve(nom="Benali"), monde.eleve(nom="Petit", classe="3e A")
    Eleve.objects.create(
        campagne=monde.campagne,
        etablissement=ailleurs(),
        nom="Benali",
        prenom="Ailleurs",
        date_de_naissance="2012-01-01",
        classe="3e C",
    )
    url = adresse(monde, "inscription")
    assert "Étape 1 sur 4" in lire(chef, url)
    page = lire(chef, f"{url}?q=benali")
    assert "BENALI Yanis" in page
    assert "Ailleurs" not in page
    assert "?depuis=recherche" in page
    assert "PETIT Yanis" in lire(chef, f"{url}?classe=3e+A")
    assert "Aucun élève ne correspond." in lire(chef, f"{url}?q=inconnu")


def test_une_inscription_commencee_reprend_a_la_bonne_etape(monde, chef, connecter):
    eleve = monde.eleve()
    url = adresse(monde, "inscription_reprise", code=eleve.code)
    assert chef.get(url).url == adresse(monde, "inscription_formations", code=eleve.code)
    monde.inscrit(eleve, en_brouillon=True)
    assert chef.get(url).url == adresse(monde, "inscription_avis", code=eleve.code)
    gestionnaire = connecter(monde.gestionnaire)
    assert gestionnaire.get(url).url == adresse(monde, "inscription_recapitulatif", code=eleve.code)


def test_les_inscriptions_a_terminer_ramenent_a_leur_etape(monde, chef):
    brouillon = monde.inscrit(en_brouillon=True)
    tache = reverse("pilotage:tache_origine", args=[monde.uai, "brouillons"])
    page = lire(chef, tache)
    assert adresse(monde, "inscription_reprise", code=brouillon.eleve.code) in page


def test_la_limite_de_la_campagne_se_lit_ou_l_on_choisit(monde, chef):
    JeuDeRegles.objects.update(formations_maximales=3)
    page = lire(chef, adresse(monde, "inscription_formations", code=monde.eleve().code))
    assert "L’élève peut demander jusqu’à 3 formations" in page


# Sélection --------------------------------------------------------------------------------------------------


def test_la_selection_part_telle_quelle_vers_la_page_de_l_action(monde, chef):
    url = reverse("pilotage:selection_d_eleves", args=[monde.uai])
    reponse = chef.post(url, {"action": "inscrire", "eleve": [monde.eleve().code]})
    assert (reponse.status_code, reponse.url) == (307, adresse(monde, "inscription_groupee"))
    assert "Sélectionnez au moins un élève." in envoyer(chef, url, {"action": "inscrire"})
    assert "Choisissez une action" in envoyer(chef, url, {"action": "", "eleve": [monde.eleve().code]})


def groupe(monde, *eleves, etape="verifier", **champs):
    domaine = monde.accueil.domaine_id
    return {
        "eleve": [eleve.code for eleve in eleves],
        f"formations_{domaine}": [formation.pk for formation in monde.formations[:1]],
        f"accueil_{domaine}": monde.accueil.pk,
        "etape": etape,
        **champs,
    }


def test_une_inscription_groupee_dit_qui_ne_peut_pas_l_etre_puis_inscrit_les_autres(monde, chef):
    eva = monde.inscrit(monde.eleve(nom="Santos", prenom="Eva")).eleve
    libres = [monde.eleve() for _ in range(2)]
    url = adresse(monde, "inscription_groupee")
    page = envoyer(chef, url, groupe(monde, eva, *libres))
    assert "2 élèves seront inscrits." in page
    assert "1 ne peut pas l’être :" in page
    assert "SANTOS Eva a déjà un entretien dans ce domaine." in page
    assert Candidature.objects.count() == 1
    page = envoyer(chef, url, groupe(monde, eva, *libres, etape="inscrire"))
    assert "2 élèves inscrits pour un entretien Hôtellerie-restauration au lycée professionnel" in page
    assert "Il reste 2 avis à saisir." in page
    assert adresse(monde, "avis") in page
    assert Candidature.objects.filter(etat=Etat.INSCRITE).count() == 3


def test_une_seance_collective_se_nomme_ainsi(monde, chef):
    monde.accueil.modalite = Modalite.COLLECTIF
    monde.accueil.save()
    page = envoyer(chef, adresse(monde, "inscription_groupee"), groupe(monde, monde.eleve(), etape="inscrire"))
    assert "1 élève inscrit à la séance Hôtellerie-restauration du lycée professionnel" in page


def test_un_eleve_se_retire_de_la_selection_sans_rien_perdre(monde, chef):
    un, deux = monde.eleve(), monde.eleve()
    page = envoyer(chef, adresse(monde, "inscription_groupee"), groupe(monde, un, deux, retirer=un.code))
    assert "1 élève sélectionné" in page
    assert f'value="{monde.formations[0].pk}" checked' in page


def test_sans_selection_ou_avec_l_eleve_d_un_autre_il_n_y_a_rien_a_inscrire(monde, chef):
    url = adresse(monde, "inscription_groupee")
    assert "Aucun élève sélectionné." in lire(chef, url)
    autre = Eleve.objects.create(
        campagne=monde.campagne,
        etablissement=ailleurs(),
        nom="Autre",
        prenom="Élève",
        date_de_naissance="2012-01-01",
        classe="3e",
    )
    assert "Aucun élève sélectionné." in envoyer(chef, url, groupe(monde, autre, etape="inscrire"))
    assert not Candidature.objects.exists()


def test_une_personne_referente_s_affecte_a_la_selection(monde, chef):
    eleve = monde.eleve()
    url = adresse(monde, "referent")
    envoi = {"eleve": [eleve.code], "etape": "affecter", "referent": "autre"}
    assert "Donnez le nom et le courriel" in envoyer(chef, url, envoi)
    page = envoyer(chef, url, envoi | {"nom": "M. Haddad", "courriel": "haddad@creteil.example"})
    assert "M. Haddad est maintenant la personne référente de 1 élève." in page
    eleve.refresh_from_db()
    assert eleve.referent_courriel == "haddad@creteil.example"


# Élève ------------------------------------------------------------------------------------------------------


def test_un_eleve_inscrit_ne_se_supprime_pas(monde, chef):
    inscrit, libre = monde.inscrit().eleve, monde.eleve()
    page = envoyer(chef, adresse(monde, "eleve_supprimer", code=inscrit.code), {})
    assert "Enregistrez d’abord un désistement." in page
    assert "est supprimé." in envoyer(chef, adresse(monde, "eleve_supprimer", code=libre.code), {})
    assert list(Eleve.objects.all()) == [inscrit]


# Transferts -------------------------------------------------------------------------------------------------


def test_l_origine_lit_la_demande_l_accepte_et_ne_lit_plus_l_eleve(monde, chef, connecter):
    candidature, nouveau = monde.inscrit(), ailleurs()
    place = RattachementFactory(etablissement=nouveau)
    demande = demande_de_transfert(monde, candidature.eleve, nouveau)
    assert "1</span>" in lire(chef, reverse("pilotage:a_faire_origine", args=[monde.uai]))
    assert "Collège Victor-Hugo, Ivry-sur-Seine" in lire(chef, adresse(monde, "transferts"))
    url = adresse(monde, "transfert", code=demande.code)
    page = lire(chef, url)
    assert "du collège d’essai" in page
    assert "au collège Victor-Hugo ?" in page
    assert "Sa candidature, ses avis et ses convocations suivent." in page
    assert "Choisissez d’accepter ou de refuser." in envoyer(chef, url, {})
    assert "Dossier transféré." in envoyer(chef, url, {"decision": "accepter"})

    dossier = reverse("pilotage:eleve", args=[monde.uai, candidature.eleve.code])
    assert chef.get(dossier).status_code == 404
    nouvelle_cheffe = connecter(place.personne)
    dossier = reverse("pilotage:eleve", args=[nouveau.segment, candidature.eleve.code])
    assert nouvelle_cheffe.get(dossier).status_code == 200


def test_le_demandeur_ne_lit_rien_de_l_eleve_avant_la_reponse(monde, connecter):
    nouveau = ailleurs()
    demande = demande_de_transfert(monde, monde.eleve(), nouveau)
    client = connecter(RattachementFactory(etablissement=nouveau).personne)
    page = lire(client, reverse("candidatures:transferts", args=[nouveau.segment]))
    assert "•••••••78AB" in page
    for secret in ("DIALLO", "Yanis", monde.college.nom, INE):
        assert secret not in page
    assert client.get(reverse("candidatures:transfert", args=[nouveau.segment, demande.code])).status_code == 404


def test_le_saio_decide_et_l_observation_ne_lit_rien(monde, connecter):
    demande = demande_de_transfert(monde, monde.eleve(), ailleurs())
    saio = connecter(RattachementFactory(saio=True).personne)
    liste, url = (
        reverse("candidatures:transferts_academie"),
        reverse("candidatures:transfert_academie", args=[demande.code]),
    )
    assert "1 demande en attente" in lire(saio, liste)
    assert "Transférer le dossier de Y. D. du collège" in lire(saio, url)
    observateur = connecter(RattachementFactory(observation=True).personne)
    assert [observateur.get(page).status_code for page in (liste, url)] == [403, 403]
    assert "Dossier transféré." in envoyer(saio, url, {"decision": "accepter"})
    assert "Aucune demande de transfert." in lire(saio, liste)
    assert DemandeDeTransfert.objects.get().etat == DemandeDeTransfert.Etat.ACCEPTEE


def test_le_jour_d_un_entretien_la_page_dit_d_attendre(monde, connecter):
    entretien = convoquee(monde, monde.inscrit())
    demande = demande_de_transfert(monde, entretien.candidature.eleve, ailleurs())
    monde.le = entretien.periode.lower - timedelta(hours=1)
    url = adresse(monde, "transfert", code=demande.code)
    page = envoyer(connecter(monde.chef), url, {"decision": "accepter"})
    assert "Un entretien a lieu aujourd’hui. Transférez le dossier demain." in page


# Candidature ------------------------------------------------------------------------------------------------


def o8(monde, candidature):
    return reverse("pilotage:candidature_origine", args=[monde.uai, candidature.code])


def test_une_candidature_propose_ce_que_son_etat_permet(monde, chef):
    inscrite = monde.inscrit()
    page = lire(chef, o8(monde, inscrite))
    assert "Modifier les formations" in page
    assert "Changer d’établissement d’accueil" in page
    assert "Demander un autre créneau" not in page
    entretien = convoquee(monde, inscrite)
    assert "Demander un autre créneau" in lire(chef, o8(monde, inscrite))
    monde.le = entretien.periode.upper
    page = lire(chef, o8(monde, inscrite))
    for libelle in ("Modifier les formations", "Changer d’établissement", "Demander un autre créneau"):
        assert libelle not in page


def test_les_formations_se_modifient(monde, chef):
    candidature = monde.inscrit()
    url = adresse(monde, "candidature_formations", code=candidature.code)
    assert "Gardez au moins une formation." in envoyer(chef, url, {})
    page = envoyer(chef, url, {"formations": [monde.formations[1].pk, monde.formations[2].pk]})
    assert "Les formations demandées sont enregistrées." in page
    maintenues = candidature.formations_demandees.maintenues()
    assert {demande.formation for demande in maintenues} == set(monde.formations[1:])


def test_changer_d_etablissement_dit_ce_qui_s_ensuit(monde, chef):
    candidature, nouveau = monde.inscrit(), monde.autre_accueil(etablissement__nom="Lycée Nouveau")
    convoquee(monde, candidature)
    url = adresse(monde, "candidature_accueil", code=candidature.code)
    page = lire(chef, url)
    assert "L’entretien du jeudi 25 mars à 9 h 00 sera annulé et le créneau libéré." in page
    assert "votre établissement et Mme Petit recevront l’annulation." in page
    assert "Choisissez l’établissement de l’entretien." in envoyer(chef, url, {})
    assert "Lycée Nouveau" in envoyer(chef, url, {"accueil": nouveau.code})
    candidature.refresh_from_db()
    assert (candidature.accueil, candidature.etat) == (nouveau, Etat.INSCRITE)
    assert Entretien.objects.get().etat == EtatEntretien.ANNULE
    assert Courriel.objects.filter(sujet__contains="annulé").exists()


def test_apres_la_cloture_l_etablissement_ne_change_plus(monde, connecter):
    candidature = monde.inscrit()
    monde.le = APRES_LES_INSCRIPTIONS
    chef = connecter(monde.chef)
    url = adresse(monde, "candidature_accueil", code=candidature.code)
    assert "closes" in lire(chef, url)
    assert "Changer d’établissement d’accueil</a>" not in lire(chef, o8(monde, candidature))


def test_un_autre_creneau_se_demande_et_l_origine_lit_ou_il_en_est(monde, chef, lycee):
    candidature = monde.inscrit()
    convoquee(monde, candidature)
    url = adresse(monde, "autre_creneau", code=candidature.code)
    assert "L’entretien du jeudi 25 mars à 9 h 00 reste prévu" in lire(chef, url)
    page = envoyer(chef, url, {"motif": "stage", "message": "Stage du 22 au 26 mars."})
    assert "Autre créneau demandé. L’établissement d’accueil est prévenu par courriel." in page
    assert "<strong>en attente</strong>" in page

    segment = monde.accueil.etablissement.segment
    tache = lire(lycee, reverse("pilotage:tache_accueil", args=[segment, "demandes-de-creneau"]))
    reponse = reverse("entretiens:demande_de_creneau", args=[segment, candidature.code])
    assert reponse in tache
    assert "Stage du 22 au 26 mars." in lire(lycee, reponse)
    assert "Donnez la raison" in envoyer(lycee, reponse, {})
    envoyer(lycee, reponse, {"reponse": "Tous les créneaux sont pris."})
    page = lire(chef, o8(monde, candidature))
    assert "<strong>refusée</strong>" in page
    assert "Tous les créneaux sont pris." in page
    assert lycee.get(reponse).status_code == 404


def test_le_desistement_s_annule_depuis_la_candidature_tant_que_le_delai_court(monde, chef):
    candidature = monde.inscrit()
    desister(candidature=candidature, motif="Autre", par=monde.chef, le=monde.le)
    assert "Le désistement s’annule jusqu’à 10 h 10" in lire(chef, o8(monde, candidature))
    monde.le += timedelta(minutes=10)
    assert "Annuler ce désistement" not in lire(chef, o8(monde, candidature))
    url = adresse(monde, "desistement_annuler", code=candidature.code)
    assert "ne peut plus être annulé" in envoyer(chef, url, {})
    assert chef.get(url).status_code == 405


def test_l_accueil_annule_une_candidature_sans_entretien_avec_une_raison(monde, lycee):
    candidature = monde.inscrit()
    academie = monde.campagne.academie
    academie.contact_courriel = "saio@creteil.example"
    academie.save()
    url = reverse("entretiens:annuler_la_candidature", args=[monde.accueil.etablissement.segment, candidature.code])
    assert "Donnez la raison de l’annulation." in envoyer(lycee, url, {})
    envoyer(lycee, url, {"motif": "Domaine fermé cette année."})
    candidature.refresh_from_db()
    assert (candidature.etat, candidature.motif) == (Etat.ANNULEE, "Domaine fermé cette année.")
    prevenus = set(Courriel.objects.filter(nature="annulation").values_list("destinataire", flat=True))
    assert prevenus == {monde.college.messagerie, "saio@creteil.example"}
    assert lycee.get(url).status_code == 404


def test_un_autre_etablissement_ne_trouve_aucune_de_ces_pages(monde, connecter):
    candidature = monde.inscrit()
    convoquee(monde, candidature)
    demander_un_creneau(candidature=candidature, motif=DemandeDeCreneau.Motif.STAGE, par=monde.chef, le=monde.le)
    autre = RattachementFactory()
    client = connecter(autre.personne)
    for uai in (monde.uai, autre.etablissement.segment):
        for nom in ("candidature_formations", "candidature_accueil", "autre_creneau", "desistement_annuler"):
            url = reverse(f"candidatures:{nom}", args=[uai, candidature.code])
            assert client.post(url, {"motif": "stage"}).status_code == 404
        url = reverse("candidatures:eleve_supprimer", args=[uai, candidature.eleve.code])
        assert client.post(url).status_code == 404
    autre_lycee = RattachementFactory(a_l_accueil=True)
    client = connecter(autre_lycee.personne)
    for nom in ("demande_de_creneau", "annuler_la_candidature"):
        url = reverse(f"entretiens:{nom}", args=[autre_lycee.etablissement.segment, candidature.code])
        assert client.post(url, {"motif": "x", "reponse": "x"}).status_code == 404
    candidature.refresh_from_db()
    assert candidature.etat == Etat.CONVOQUEE
