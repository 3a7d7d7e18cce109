"""Le journal des courriels du SAIO : chercher, comprendre, renvoyer (écran S10)."""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from comptes.models import Trace
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import poster
from entretiens import services
from entretiens.models import Convocation
from tests.factories.pilotage import MAINTENANT
from tests.factories.referentiel import AcademieFactory, EtablissementFactory, RattachementFactory
from tests.pilotage.test_a_faire import requetes

CONTEXTE = {"lieu": "", "lignes": [], "echeance": "", "academie": "", "url": "", "notifications_url": ""}
JOURNAL = "referentiel:courriels"
LIGNE = re.compile(r'<th scope="row"')


@pytest.fixture
def saio(scene, connecter):
    return connecter(scene.saio.personne)


def un_courriel(cle: str, **champs) -> Courriel:
    envoi = {"destinataire": "ce.0941234a@creteil.example", "sujet": "Essai", "le": MAINTENANT, "nature": "essai"}
    return poster(cle=cle, gabarit="courriels/resume", contexte=CONTEXTE, **envoi | champs)


def refuser(courriel: Courriel, reponse: str = "450 Réessayez plus tard") -> Courriel:
    Courriel.objects.filter(pk=courriel.pk).update(
        etat=EtatCourriel.ABANDONNE, derniere_erreur=reponse, envoye_le=None, tentatives=3
    )
    courriel.refresh_from_db()
    return courriel


def lignes(client, **filtres) -> int:
    return len(LIGNE.findall(client.get(reverse(JOURNAL), filtres).content.decode()))


def dits(reponse) -> list[str]:
    return [str(message) for message in get_messages(reponse.wsgi_request)]


def test_le_journal_filtre_par_type_etat_etablissement_et_date(scene, saio):
    scene.convoquee()
    refuser(un_courriel("absence", uai=scene.lycee.uai, le=scene.le))
    assert lignes(saio) == 3
    assert lignes(saio, nature="convocation") == 2
    assert lignes(saio, etat="abandonne") == 1
    assert lignes(saio, etablissement=scene.college.uai.lower()) == 2
    assert lignes(saio, etablissement="nulle part") == 0
    assert lignes(saio, du="2027-03-15", au="2027-03-15") == 1
    assert lignes(saio, du="pas une date") == 3
    page = saio.get(reverse(JOURNAL), {"etat": "abandonne"}).content.decode()
    assert "La messagerie du destinataire demande de réessayer plus tard." in page
    assert "Renvoyer le courriel en échec" in page


def test_une_academie_ne_voit_que_ses_courriels(scene, saio, connecter):
    courriel = scene.non_distribuee()
    ailleurs = AcademieFactory(code="paris", nom="Paris")
    autre = un_courriel("autre", uai=EtablissementFactory(academie=ailleurs, departement="075").uai)
    assert lignes(saio) == courriel.convocations.get().courriels.count()
    for nom in ("courriel", "renvoyer_un_courriel", "renvoyer_ailleurs"):
        envoi = saio.post if nom == "renvoyer_un_courriel" else saio.get
        assert envoi(reverse(f"referentiel:{nom}", args=[autre.pk])).status_code == 404
    refuser(autre)
    saio.post(reverse("referentiel:renvoyer_les_courriels"), {"cles": f"{autre.pk} x {10**30}"})
    autre.refresh_from_db()
    assert autre.etat == EtatCourriel.ABANDONNE
    observateur = connecter(RattachementFactory(observation=True, academie=scene.campagne.academie).personne)
    assert observateur.get(reverse(JOURNAL)).status_code == 403
    assert observateur.get(reverse("referentiel:courriel", args=[courriel.pk])).status_code == 403


def test_le_detail_montre_le_parcours_et_le_texte_sans_ses_liens_a_qui_le_demande(scene, saio):
    """Un courriel nomme des élèves : le lire est noté, et ne se fait pas par mégarde (R40)."""
    courriel = scene.non_distribuee()
    adresse = reverse("referentiel:courriel", args=[courriel.pk])
    page = saio.get(adresse).content.decode()
    assert "Cette adresse n’existe pas." in page
    assert "[lien masqué]" not in page
    assert not Trace.objects.de(courriel).exists()
    page = saio.post(adresse).content.decode()
    assert Trace.objects.de(courriel).get().phrase == "Texte lu par le SAIO."
    assert "[lien masqué]" in page
    assert "http" not in page.split("<h2>Texte</h2>")[1].split("</main>")[0]
    assert "Posté dans la boîte d’envoi." in page
    assert "convocations.pdf" in page


def test_renvoyer_ailleurs_demande_une_adresse_de_la_maison_et_un_motif(scene, saio, settings):
    settings.DOMAINES_ACADEMIQUES = {scene.campagne.academie.code: "creteil.example"}
    courriel = scene.non_distribuee()
    Courriel.objects.filter(pk=courriel.pk).update(uai=scene.college.uai)
    adresse = reverse("referentiel:renvoyer_ailleurs", args=[courriel.pk])
    for saisie, refus in (
        ({"destinataire": "a@creteil.example, x@mal.example", "motif": "Départ"}, "une seule adresse"),
        ({"destinataire": "a@mal.example", "motif": "Départ"}, "adresse académique"),
        ({"destinataire": "a@creteil.example\nBcc: x@mal.example", "motif": "Départ"}, "une seule adresse"),
        ({"destinataire": "a@creteil.example", "motif": " "}, "Dites pourquoi"),
    ):
        reponse = saio.post(adresse, saisie)
        assert refus in reponse.content.decode(), saisie
    saio.post(adresse, {"destinataire": "Direction@creteil.example", "motif": "Messagerie en panne"})
    courriel.refresh_from_db()
    assert (courriel.etat, courriel.destinataire) == (EtatCourriel.A_ENVOYER, "direction@creteil.example")
    trace = Trace.objects.de(courriel).get()
    assert trace.phrase == "Renvoyé à direction@creteil.example. Motif\xa0: Messagerie en panne"
    assert trace.auteur == scene.saio.personne
    parcours = saio.get(reverse("referentiel:courriel", args=[courriel.pk])).content.decode()
    assert "Motif\xa0: Messagerie en panne" in parcours


def test_un_acces_personnel_ne_se_renvoie_qu_a_son_destinataire(scene, saio):
    courriel = refuser(un_courriel("suivi", uai=scene.college.uai))
    Courriel.objects.filter(pk=courriel.pk).update(texte="https://passpro.example/pre-inscription/suivi/abc/")
    page = saio.get(reverse("referentiel:courriel", args=[courriel.pk])).content.decode()
    assert "Renvoyer à une autre adresse" not in page
    adresse = reverse("referentiel:renvoyer_ailleurs", args=[courriel.pk])
    reponse = saio.post(adresse, {"destinataire": scene.college.messagerie, "motif": "Départ"})
    assert "accès personnel" in reponse.content.decode()


def test_une_convocation_annulee_ne_repart_jamais(scene, saio):
    """Ni seule, ni dans un courriel qui en porte d'autres (F2)."""
    courriel = scene.non_distribuee()
    convocation = courriel.convocations.get()
    services.liberer(entretien=convocation.entretien, replanifier=True, motif="", par=None, le=scene.le)
    reponse = saio.post(reverse("referentiel:renvoyer_un_courriel", args=[courriel.pk]))
    assert "remplacée ou annulée" in dits(reponse)[0]
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.ABANDONNE


def test_un_courriel_qui_porte_une_convocation_annulee_repart_sans_elle(scene, saio):
    un, deux = scene.convoquee(heure=9), scene.convoquee(heure=11)
    commun = refuser(Courriel.objects.filter(convocations__entretien=un).first())
    commun.convocations.add(deux.convocations.get())
    services.liberer(entretien=un, replanifier=True, motif="", par=None, le=scene.le)
    saio.post(reverse("referentiel:renvoyer_un_courriel", args=[commun.pk]))
    commun.refresh_from_db()
    assert commun.etat == EtatCourriel.RAPPELE
    refait = Courriel.objects.latest("pk")
    assert [convocation.entretien for convocation in refait.convocations.all()] == [deux]
    assert refait.etat == EtatCourriel.A_ENVOYER
    assert Convocation.objects.filter(courriels=refait).count() == 1


def test_renvoyer_tous_les_echecs_laisse_ceux_dont_l_adresse_est_fausse(scene, saio):
    repartent = [refuser(un_courriel(f"r{n}", uai=scene.college.uai, le=scene.le)) for n in range(2)]
    fausse = refuser(un_courriel("f", uai=scene.college.uai, le=scene.le), "550 5.1.1 User unknown")
    adresse = reverse("referentiel:renvoyer_les_courriels")
    page = saio.get(f"{adresse}?etat=abandonne")
    assert "Renvoyer les 2 courriels" in page.content.decode()
    assert "1 adresse à corriger" in page.content.decode()
    tardif = refuser(un_courriel("t", uai=scene.college.uai, le=scene.le))
    reponse = saio.post(adresse, {"cles": page.context["cles"]})
    assert dits(reponse) == ["2 courriels remis en file."]
    etats = {c.pk: c.etat for c in Courriel.objects.filter(uai=scene.college.uai)}
    assert {etats[c.pk] for c in repartent} == {EtatCourriel.A_ENVOYER}
    assert etats[fausse.pk] == etats[tardif.pk] == EtatCourriel.ABANDONNE
    rejeu = saio.post(adresse, {"cles": page.context["cles"]})
    assert dits(rejeu)[-1].startswith("2 courriels laissés")


def test_un_resume_d_hier_ne_repart_pas(scene, saio):
    """Il serait faux, et la personne a pu quitter l'établissement : aucun geste ne le propose ni ne l'accepte."""
    resume = refuser(un_courriel("resume", nature="resume", uai=scene.college.uai, le=scene.le))
    assert (lignes(saio), lignes(saio, etat="abandonne")) == (1, 0)
    assert "en échec" not in saio.get(reverse(JOURNAL)).content.decode()
    ici = reverse("referentiel:courriel", args=[resume.pk])
    assert "Renvoyer" not in saio.get(ici).content.decode()
    assert "ne se renvoie pas" in dits(saio.post(reverse("referentiel:renvoyer_un_courriel", args=[resume.pk])))[0]
    saio.post(reverse("referentiel:renvoyer_les_courriels"), {"cles": str(resume.pk)})
    resume.refresh_from_db()
    assert resume.etat == EtatCourriel.ABANDONNE


def test_le_journal_se_lit_page_par_page_au_meme_cout(scene, saio):
    un_courriel("premier", uai=scene.college.uai, le=scene.le)
    saio.get(reverse(JOURNAL))
    avec_un = requetes(saio, reverse(JOURNAL))
    for n in range(70):
        un_courriel(f"c{n}", uai=scene.college.uai, le=scene.le)
    assert requetes(saio, reverse(JOURNAL)) == avec_un <= 12
    premiere = saio.get(reverse(JOURNAL))
    assert lignes(saio) == 60
    suivante = premiere.context["suivant_url"]
    assert len(LIGNE.findall(saio.get(suivante).content.decode())) == 11
    assert lignes(saio, apres="abc") == 60


def test_le_saio_de_la_campagne_suit_ce_qui_part_ailleurs_ou_sans_etablissement(scene, saio, connecter):
    """Un établissement d'une autre académie, un demandeur qui n'a pas encore le sien : l'échec se voit ici (R21)."""
    ailleurs = AcademieFactory(code="paris", nom="Paris")
    paris = connecter(RattachementFactory(saio=True, academie=ailleurs).personne)
    hote = EtablissementFactory(academie=ailleurs, departement="075")
    suivi = {"academie": scene.campagne.academie_id}
    refuser(un_courriel("hors", uai=hote.uai, **suivi))
    sans = refuser(un_courriel("demande", nature="pré-inscription", **suivi))
    code = refuser(un_courriel("code", nature="code", **suivi))
    assert (lignes(saio), lignes(paris)) == (3, 0)
    assert lignes(saio, etablissement=hote.uai) == 1
    page = saio.post(reverse("referentiel:courriel", args=[sans.pk])).content.decode()
    assert "<dd>Aucun</dd>" in page
    assert "Les liens sont masqués" in page
    page = saio.post(reverse("referentiel:courriel", args=[code.pk])).content.decode()
    assert "seul son destinataire le lit" in page
    assert "Les liens sont masqués" not in page
    autre = reverse("referentiel:renvoyer_ailleurs", args=[sans.pk])
    page = saio.post(autre, {"destinataire": "ce.0941234a@creteil.example", "motif": "Erreur"}).content.decode()
    assert "Ce message ne concerne aucun établissement" in page


def test_renvoyer_garde_les_filtres_et_ne_compte_pas_les_resumes(scene, saio):
    refuser(un_courriel("absence", uai=scene.lycee.uai))
    refuser(un_courriel("resume", uai=scene.lycee.uai, nature="resume"))
    assert lignes(saio, etat="abandonne") == 1
    filtres = "?nature=essai&etat=abandonne"
    adresse = reverse("referentiel:renvoyer_les_courriels") + filtres
    cles = saio.get(adresse).context["cles"]
    assert saio.post(adresse, {"cles": cles}).url == reverse(JOURNAL) + filtres
