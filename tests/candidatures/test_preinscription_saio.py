"""Le SAIO valide, fait compléter ou refuse une pré-inscription ; le demandeur la suit par lien (R21, écrans P8, S5)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from avis.services import corriger, transmettre
from candidatures.models import Candidature, Eleve, LienPersonnel, PreInscription
from candidatures.rules import Etat
from candidatures.services import preinscriptions as services
from comptes.models import Trace
from courriers.models import Courriel
from entretiens.rules.etats import EtatEntretien
from entretiens.services import saisir_les_presences
from referentiel.models import Campagne, Etablissement
from referentiel.rules.jeu import Avis
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.changements import partir
from tests.factories.inscriptions import APRES_LES_INSCRIPTIONS, Monde
from tests.factories.preinscriptions import (
    ADRESSE,
    RESEAU,
    acceptee,
    convoquee,
    dernier_courriel,
    envoyee,
    lien_recu,
    saisie,
)
from tests.factories.referentiel import (
    AcademieFactory,
    CampagneFactory,
    EtablissementFactory,
    RattachementFactory,
)
from tests.pilotage.test_a_faire import requetes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]
UAI = "0941234F"
INE = "012345678AB"


@pytest.fixture
def saio(monde: Monde):
    return RattachementFactory(saio=True, academie=monde.campagne.academie).personne


@pytest.fixture
def du_saio(saio, connecter):
    return connecter(saio)


def page_de(demande: PreInscription, nom: str = "saio") -> str:
    return reverse(f"candidatures:preinscription_{nom}", args=[demande.code])


def test_l_acceptation_est_tout_ou_rien(monde, saio):
    """Une formation retirée du catalogue depuis l'envoi : ni établissement, ni élève, ni courriel."""
    demande, _ = envoyee(monde.campagne, monde.le, choix=(monde.accueil, monde.formations[0]))
    monde.formations[0].offres.all().delete()
    with pytest.raises(Refus, match="ne peut pas être demandée"):
        services.accepter(preinscription=demande, uai=UAI, par=saio, le=monde.le)
    assert not Eleve.objects.exists()
    assert not Etablissement.objects.filter(uai=UAI).exists()
    assert not Courriel.objects.filter(sujet__endswith="acceptée").exists()
    demande.refresh_from_db()
    assert demande.etat == PreInscription.Etat.EN_ATTENTE


def test_deux_acceptations_n_ont_qu_un_effet(monde, saio):
    demande, _ = envoyee(monde.campagne, monde.le)
    premieres = services.accepter(preinscription=demande, uai=UAI, par=saio, le=monde.le)
    assert services.accepter(preinscription=demande, uai=UAI, par=saio, le=monde.le) == premieres
    assert Candidature.objects.count() == 1
    assert Courriel.objects.filter(sujet__endswith="acceptée").count() == 1


def test_un_uai_connu_ou_son_alias_designe_cet_etablissement(monde, saio):
    connu = EtablissementFactory(messagerie="")
    connu.alias.create(uai=UAI)
    demande = acceptee(monde.campagne, monde.le, saio, uai=UAI)
    assert demande.eleve.etablissement == demande.etablissement == connu


@pytest.mark.parametrize(("uai", "phrase"), [("", "Choisissez l’établissement"), ("0941234A", "F attendue")])
def test_un_etablissement_a_besoin_d_un_code_uai_juste(monde, saio, uai, phrase):
    demande, _ = envoyee(monde.campagne, monde.le)
    with pytest.raises(Refus, match=phrase):
        services.accepter(preinscription=demande, uai=uai, par=saio, le=monde.le)


def test_un_eleve_deja_inscrit_ailleurs_n_est_pas_accepte(monde, saio, du_saio):
    monde.eleve(nom="Roux", prenom="Emma", ine=INE)
    demande, _ = envoyee(monde.campagne, monde.le, ine=INE)
    page = du_saio.get(page_de(demande)).content.decode()
    assert f"Cet élève est déjà inscrit dans l’académie ({monde.college.nom_et_commune}" in page
    envoi = {"geste": "accepter", "etablissement": "autre", "uai": UAI}
    assert "Cet élève est déjà inscrit dans l’académie." in du_saio.post(page_de(demande), envoi).content.decode()
    assert not Candidature.objects.exists()


def test_un_eleve_deja_inscrit_ici_est_complete(monde, saio):
    premiere = acceptee(monde.campagne, monde.le, saio, uai=UAI)
    seconde = acceptee(monde.campagne, monde.le, saio, uai=UAI)
    assert premiere.eleve == seconde.eleve
    assert Candidature.objects.filter(eleve=premiere.eleve).count() == 2


def test_une_demande_recue_a_temps_s_accepte_apres_les_inscriptions(monde, saio):
    demande, _ = envoyee(monde.campagne, monde.le)
    [candidature] = services.accepter(preinscription=demande, uai=UAI, par=saio, le=APRES_LES_INSCRIPTIONS)
    assert candidature.inscrite_le == APRES_LES_INSCRIPTIONS


def test_une_campagne_close_refuse_toute_decision(monde, saio):
    demande, _ = envoyee(monde.campagne, monde.le)
    Campagne.objects.filter(pk=monde.campagne.pk).update(etat=Campagne.Etat.CLOSE)
    with pytest.raises(PeriodeClose):
        services.accepter(preinscription=demande, uai=UAI, par=saio, le=monde.le)
    with pytest.raises(PeriodeClose):
        services.refuser(preinscription=demande, motif="autre", message="", par=saio, le=monde.le)


def test_un_complement_rouvre_les_etapes_par_le_lien_du_courriel(client, monde, saio, du_saio):
    demande, ancien = envoyee(monde.campagne, monde.le)
    envoi = {"geste": "completer", "message": "Quelle est sa classe exacte ?"}
    assert (
        "Complément demandé pour PI-2027-000001." in du_saio.post(page_de(demande), envoi, follow=True).content.decode()
    )
    courriel = dernier_courriel()
    assert courriel.sujet == "Passpro : demande PI-2027-000001 à compléter"
    assert "Quelle est sa classe exacte ?" in courriel.texte
    assert "avant le vendredi 30\xa0avril" in courriel.texte
    assert client.get(reverse("candidatures:pre_inscription_recapitulatif", args=[ancien])).status_code == 404
    lien = lien_recu()
    assert "Quelle est sa classe exacte ?" in client.get(lien).content.decode()
    reponse = client.post(lien, {"informes": "on"}, follow=True)
    assert "PI-2027-000001 est transmise" in reponse.content.decode()
    demande.refresh_from_db()
    assert demande.etat == PreInscription.Etat.EN_ATTENTE


def test_un_complement_interdit_de_changer_d_adresse(monde, saio):
    demande, _ = envoyee(monde.campagne, monde.le)
    services.demander_un_complement(preinscription=demande, message="Précisez.", par=saio, le=monde.le)
    with pytest.raises(Refus, match="elle ne change plus"):
        services.donner_l_etablissement(
            preinscription=demande,
            demandeur=demande.saisie["etablissement"],
            courriel="pirate@ailleurs.example",
            jeton="j",
            reseau=RESEAU,
            le=monde.le,
        )


def test_un_refus_se_confirme_avec_sa_raison(client, monde, du_saio):
    demande, _ = envoyee(monde.campagne, monde.le)
    suivi = lien_recu()
    assert "Refuser la demande PI-2027-000001\u00a0?" in du_saio.get(page_de(demande, "refuser")).content.decode()
    assert "Choisissez une raison." in du_saio.post(page_de(demande, "refuser"), {}).content.decode()
    envoi = {"motif": "arena", "message": "Connectez-vous par ARENA."}
    assert "Le demandeur est prévenu." in du_saio.post(page_de(demande, "refuser"), envoi, follow=True).content.decode()
    assert "L’établissement passe par ARENA" in dernier_courriel().texte
    assert "Refusée" in client.get(suivi).content.decode()
    encore = du_saio.post(page_de(demande, "refuser"), envoi).content.decode()
    assert "Cette demande est déjà traitée." in encore
    assert Courriel.objects.filter(sujet__endswith="refusée").count() == 1


def test_le_saio_d_une_autre_academie_ne_la_trouve_pas(monde, connecter):
    demande, _ = envoyee(monde.campagne, monde.le)
    paris = AcademieFactory(code="paris", nom="Paris")
    CampagneFactory(academie=paris)
    ailleurs = connecter(RattachementFactory(saio=True, academie=paris).personne)
    for nom in ("saio", "refuser"):
        assert ailleurs.get(page_de(demande, nom)).status_code == 404
        assert ailleurs.post(page_de(demande, nom), {"geste": "accepter"}).status_code == 404
    assert ailleurs.post(page_de(demande, "revoquer")).status_code == 404
    assert demande.reference not in ailleurs.get(reverse("candidatures:preinscriptions")).content.decode()


def test_une_saisie_qui_n_est_pas_envoyee_n_est_pas_au_saio(monde, du_saio):
    demande, _ = saisie(monde.campagne, monde.le)
    assert du_saio.get(page_de(demande)).status_code == 404
    assert "Aucune demande à valider." in du_saio.get(reverse("candidatures:preinscriptions")).content.decode()


def test_la_file_dit_l_age_et_les_initiales_et_ne_coute_pas_plus_a_trente(monde, du_saio):
    choix = (monde.accueil, monde.formations[0])
    envoyee(monde.campagne, monde.le - timedelta(days=6), choix=choix)
    adresse = reverse("candidatures:preinscriptions")
    page = du_saio.get(adresse).content.decode()
    assert "E. R." in page
    assert "ROUX" not in page
    assert "4 jours ouvrés" in page
    une = requetes(du_saio, adresse)
    for rang in range(29):
        envoyee(monde.campagne, monde.le - timedelta(days=5, hours=-rang), choix=choix)
    assert requetes(du_saio, adresse) == une <= 12


@pytest.mark.parametrize(("jours", "badge"), [(5, "À vérifier"), (6, "En retard")])
def test_a_faire_dit_le_retard_apres_trois_jours_ouvres(monde, du_saio, jours, badge):
    envoyee(monde.campagne, monde.le - timedelta(days=jours))
    page = du_saio.get(reverse("pilotage:academie")).content.decode()
    ligne = page[page.index("pré-inscription à valider") :][:900]
    assert badge in ligne
    assert "La plus ancienne\xa0: reçue le" in ligne


def test_la_convocation_part_a_l_adresse_confirmee_avec_le_pdf_et_le_lien_de_suivi(client, monde, saio, monkeypatch):
    demande = acceptee(monde.campagne, monde.le, saio)
    convocation = convoquee(demande, monde.le)
    courriel = Courriel.objects.get(destinataire=ADRESSE, nature="convocation")
    assert [piece["fabrique"] for piece in courriel.pieces] == ["convocations.pdf", "convocation.ics"]
    assert "/origine/" not in courriel.texte
    assert "/origine/" not in courriel.html
    referente = Courriel.objects.get(destinataire="petit@cfa-exemple.example", nature="convocation")
    assert "/suivi/" not in referente.texte
    assert "/origine/" not in referente.texte
    partir(convocation.envoi.part_le)
    monkeypatch.setattr(timezone, "now", lambda: convocation.envoi.part_le)
    suivi = lien_recu()
    assert "/pre-inscription/suivi/" in suivi
    page = client.get(suivi).content.decode()
    assert reverse("avis:suivi_convocation_pdf", args=[suivi.split("/")[3], convocation.code]) in page
    agenda = client.get(f"{suivi}convocations/{convocation.code}.ics")
    assert agenda.content.startswith(b"BEGIN:VCALENDAR")
    assert "ROUX" in client.get(f"{suivi}convocations/{convocation.code}/").content.decode()


def test_le_suivi_n_ouvre_que_les_convocations_de_son_eleve(client, monde, saio, monkeypatch):
    sienne = acceptee(monde.campagne, monde.le, saio)
    autre = acceptee(monde.campagne, monde.le, saio, nom="Garnier", courriel="autre@cfa.example")
    jeton = services.ouvrir_un_lien(preinscription=sienne, le=monde.le)
    etrangere = convoquee(autre, monde.le)
    monkeypatch.setattr(timezone, "now", lambda: etrangere.envoi.part_le)
    for nom in ("suivi_convocation", "suivi_convocation_pdf", "suivi_convocation_ics"):
        assert client.get(reverse(f"avis:{nom}", args=[jeton, etrangere.code])).status_code == 404
    assert "Garnier" not in client.get(reverse("avis:suivi", args=[jeton])).content.decode()


def test_un_eleve_parti_ailleurs_ne_se_lit_plus_par_le_lien(client, monde, saio):
    demande = acceptee(monde.campagne, monde.le, saio)
    jeton = services.ouvrir_un_lien(preinscription=demande, le=monde.le)
    Eleve.objects.filter(pk=demande.eleve_id).update(etablissement=monde.college)
    assert client.get(reverse("avis:suivi", args=[jeton])).status_code == 404


def test_un_lien_echoit_a_quatre_vingt_dix_jours_et_se_redemande(client, monde, saio, monkeypatch):
    demande = acceptee(monde.campagne, monde.le, saio)
    adresse = lien_recu()
    monkeypatch.setattr(timezone, "now", lambda: monde.le + timedelta(days=90))
    page = client.get(adresse)
    assert page.status_code == 410
    assert "Emma" not in page.content.decode()
    avant = Courriel.objects.count()
    client.post(f"{adresse}nouveau-lien/")
    assert Courriel.objects.count() == avant + 1
    assert dernier_courriel().destinataire == demande.courriel
    assert client.get(lien_recu()).status_code == 200
    assert lien_recu() != adresse


def test_le_saio_revoque_les_liens_et_en_renvoie_un(client, monde, saio, du_saio):
    demande = acceptee(monde.campagne, monde.le, saio)
    adresse = lien_recu()
    du_saio.post(page_de(demande, "revoquer"))
    assert client.get(adresse).status_code == 404
    assert client.post(f"{adresse}nouveau-lien/").status_code == 404
    assert Trace.objects.de(demande).filter(fait="liens_revoques").exists()
    du_saio.post(page_de(demande, "lien"))
    assert dernier_courriel().destinataire == ADRESSE
    assert client.get(lien_recu()).status_code == 200
    assert not LienPersonnel.objects.filter(empreinte__in=[lien_recu().split("/")[3]]).exists()


def test_l_accueil_ne_voit_rien_avant_l_acceptation(monde, saio, connecter):
    demande, _ = envoyee(monde.campagne, monde.le, choix=(monde.accueil, monde.formations[0]))
    lycee = monde.accueil.etablissement
    chef = connecter(RattachementFactory(a_l_accueil=True, etablissement=lycee).personne)
    candidats = reverse("pilotage:candidats", args=[lycee.segment])
    assert "ROUX" not in chef.get(candidats).content.decode()
    services.accepter(preinscription=demande, uai=UAI, par=saio, le=monde.le)
    assert "ROUX" in chef.get(candidats).content.decode()
    assert Candidature.objects.get().etat == Etat.INSCRITE


def test_une_absence_et_un_compte_rendu_se_lisent_a_l_adresse_confirmee_par_le_lien_de_suivi(client, monde, saio):
    """Sans messagerie ni compte, l'établissement pré-inscrit apprend la suite comme il a appris la convocation."""
    absente = acceptee(monde.campagne, monde.le, saio)
    presente = acceptee(monde.campagne, monde.le, saio, nom="Garnier", courriel="autre@cfa.example")
    entretiens = {demande.courriel: convoquee(demande, monde.le).entretien for demande in (absente, presente)}
    apres = max(entretien.periode.upper for entretien in entretiens.values())
    for adresse, etat in ((ADRESSE, EtatEntretien.ABSENT), ("autre@cfa.example", EtatEntretien.TENU)):
        saisir_les_presences(presences={entretiens[adresse]: etat}, par=None, le=apres)
    candidature = presente.eleve.candidatures.get()
    transmettre(
        candidature=candidature,
        texte="Découvrez le lycée lors de ses portes ouvertes.",
        avis={demande.pk: Avis.FAVORABLE for demande in candidature.formations_demandees.all()},
        version=0,
        par=saio,
        le=apres,
    )
    for adresse, nature in ((ADRESSE, "absence"), ("autre@cfa.example", "compte-rendu")):
        courriel = Courriel.objects.get(destinataire=adresse, nature=nature)
        assert "/pre-inscription/suivi/" in courriel.texte
        assert "/origine/" not in courriel.texte + courriel.html
        assert client.get(lien_recu(adresse)).status_code == 200
    lisible = max(apres, monde.campagne.avis_d_accueil_visibles_des or apres)
    corriger(candidature=candidature, texte="Découvrez l’atelier.", avis={}, version=1, par=saio, le=lisible)
    correction = Courriel.objects.get(cle__startswith="compte-rendu-corrige:")
    assert correction.destinataire == "autre@cfa.example"
    assert "/pre-inscription/suivi/" in correction.texte
