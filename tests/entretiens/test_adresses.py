"""Une adresse refusée : qui le voit, qui la corrige, qui renvoie (R25, écran A14)."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from candidatures.models import Eleve
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Creneau
from referentiel.models import Academie, Etablissement
from tests.factories.candidatures import EN_MARS, CandidatureFactory, EleveFactory
from tests.factories.entretiens import convoquer, ouvrir, placer
from tests.factories.referentiel import AccueilFactory, EtablissementFactory, RattachementFactory

pytestmark = pytest.mark.django_db

PARTI = EN_MARS + timedelta(minutes=11)


class Histoire:
    """Deux élèves d'un collège convoqués par un lycée ; l'adresse du collège est refusée."""

    def __init__(self, connecter) -> None:
        self.accueil = AccueilFactory()
        Academie.objects.update(contact_courriel="saio@creteil.example")
        self.college = EtablissementFactory(nom="Collège Jean-Moulin", messagerie="ce.moulin@creteil.example")
        eleves = EleveFactory.create_batch(
            2, campagne=self.accueil.domaine.campagne, etablissement=self.college, referent_courriel=""
        )
        candidatures = [CandidatureFactory(accueil=self.accueil, eleve=eleve) for eleve in eleves]
        creneaux = ouvrir(self.accueil)
        self.entretiens = [placer(c, creneau) for c, creneau in zip(candidatures, creneaux, strict=False)]
        self.envoi = convoquer(*self.entretiens)
        lycee = self.accueil.etablissement
        self.lycee = connecter(RattachementFactory(a_l_accueil=True, etablissement=lycee).personne)
        self.chef = connecter(RattachementFactory(etablissement=self.college).personne)
        self.autre_college = RattachementFactory()
        self.autre = connecter(self.autre_college.personne)

    @property
    def courriel(self) -> Courriel:
        return Courriel.objects.exclude(nature="adresse").get()

    def refuser(self, reponse: str = "550 5.1.1 User unknown") -> Courriel:
        Courriel.objects.filter(pk=self.courriel.pk).update(
            etat=EtatCourriel.ABANDONNE, derniere_erreur=reponse, envoye_le=None
        )
        return self.courriel

    def page_de_l_envoi(self) -> str:
        adresse = reverse("entretiens:envoi", args=[self.accueil.etablissement.segment, self.envoi.code])
        return self.lycee.get(adresse).content.decode()

    def demander(self):
        lieu = [self.accueil.etablissement.segment, self.envoi.code, self.courriel.pk]
        return self.lycee.post(reverse("entretiens:demander_la_correction", args=lieu))

    def adresses(self) -> str:
        return self.chef.get(reverse("entretiens:adresses", args=[self.college.segment])).content.decode()

    def renvoyer(self, **saisie):
        return self.chef.post(reverse("entretiens:renvoyer_a_l_adresse", args=[self.college.segment]), saisie)


def dits(reponse) -> list[str]:
    return [str(message) for message in get_messages(reponse.wsgi_request)]


@pytest.fixture
def histoire(monkeypatch, connecter) -> Histoire:
    monkeypatch.setattr(timezone, "now", lambda: PARTI)
    return Histoire(connecter)


def test_le_lycee_lit_la_raison_et_demande_la_correction_une_seule_fois(histoire):
    histoire.refuser()
    page = histoire.page_de_l_envoi()
    assert "1 échec" in page
    assert "Non distribuée" in page
    assert "Cette adresse n’existe pas." in page
    assert "L’établissement d’origine ou le SAIO corrige la messagerie" in page
    assert dits(histoire.demander()) == ["Correction demandée à saio@creteil.example."]
    demande = Courriel.objects.get(nature="adresse")
    assert (demande.destinataire, demande.uai) == ("saio@creteil.example", histoire.college.uai)
    assert "ce.moulin@creteil.example" in demande.texte
    assert not any(e.candidature.eleve.nom.upper() in demande.texte.upper() for e in histoire.entretiens)
    assert "déjà demandée" in dits(histoire.demander())[-1]
    assert Courriel.objects.filter(nature="adresse").count() == 1
    page = histoire.page_de_l_envoi()
    assert "Correction demandée." in page
    assert "Demander la correction" not in page


def test_l_adresse_d_une_personne_referente_se_demande_au_college(histoire):
    Eleve.objects.update(referent_courriel=histoire.courriel.destinataire)
    Etablissement.objects.filter(pk=histoire.college.pk).update(messagerie="ce.nouvelle@creteil.example")
    histoire.refuser()
    histoire.demander()
    demande = Courriel.objects.get(nature="adresse")
    assert demande.destinataire == "ce.nouvelle@creteil.example"
    assert reverse("entretiens:adresses", args=[histoire.college.segment]) in demande.texte


def test_une_messagerie_qui_est_aussi_la_personne_referente_se_demande_au_saio(histoire):
    Eleve.objects.update(referent_courriel=histoire.courriel.destinataire)
    histoire.refuser()
    histoire.demander()
    assert Courriel.objects.get(nature="adresse").destinataire == "saio@creteil.example"
    assert "Corriger la messagerie" in histoire.adresses()


def test_le_college_corrige_sa_messagerie_et_renvoie(histoire):
    courriel = histoire.refuser()
    page = histoire.adresses()
    assert "Cette adresse n’existe pas." in page
    assert "Corriger la messagerie" in page
    assert "Renvoyer à" not in page, "la même adresse serait refusée"
    Etablissement.objects.filter(pk=histoire.college.pk).update(messagerie="ce.nouvelle@creteil.example")
    assert "ce.nouvelle@creteil.example" in histoire.adresses()
    reponse = histoire.renvoyer(courriel=courriel.pk, destinataire="ailleurs@mal.example")
    assert "Choisissez la messagerie" in dits(reponse)[0]
    histoire.renvoyer(courriel=courriel.pk, destinataire="ce.nouvelle@creteil.example")
    courriel.refresh_from_db()
    assert (courriel.etat, courriel.destinataire) == (EtatCourriel.A_ENVOYER, "ce.nouvelle@creteil.example")
    assert "Aucune adresse à corriger." in histoire.adresses()


def test_une_boite_pleine_se_renvoie_a_la_meme_adresse(histoire):
    courriel = histoire.refuser("552 5.2.2 Mailbox full")
    assert "La boîte aux lettres est pleine." in histoire.adresses()
    histoire.renvoyer(courriel=courriel.pk, destinataire=courriel.destinataire)
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.A_ENVOYER


def test_un_autre_college_ne_voit_ni_ne_renvoie_rien(histoire):
    courriel = histoire.refuser()
    segment = histoire.autre_college.etablissement.segment
    page = histoire.autre.get(reverse("entretiens:adresses", args=[segment])).content.decode()
    assert courriel.destinataire not in page
    saisie = {"courriel": courriel.pk, "destinataire": histoire.college.messagerie}
    adresse = reverse("entretiens:renvoyer_a_l_adresse", args=[segment])
    assert histoire.autre.post(adresse, saisie).status_code == 404
    assert histoire.autre.post(adresse, {"courriel": f"{10**30}"}).status_code == 404


def test_sans_adresse_l_eleve_reste_visible_jusqu_a_ce_qu_il_y_en_ait_une(histoire):
    Courriel.objects.all().delete()
    Etablissement.objects.filter(pk=histoire.college.pk).update(messagerie="")
    assert "2 convocations sans adresse" in histoire.adresses()
    assert "2 convocations sans adresse" in histoire.page_de_l_envoi()
    assert "Aucune adresse nouvelle" in dits(histoire.renvoyer())[0]
    Etablissement.objects.filter(pk=histoire.college.pk).update(messagerie="ce.neuve@creteil.example")
    assert "1 adresse a été complétée" in histoire.page_de_l_envoi()
    assert dits(histoire.renvoyer())[-1] == "1 courriel de plus à envoyer."
    assert Courriel.objects.get().destinataire == "ce.neuve@creteil.example"
    assert "Aucune adresse à corriger." in histoire.adresses()


def test_un_envoi_qui_attend_encore_n_arrete_pas_les_autres(histoire):
    Courriel.objects.all().delete()
    Etablissement.objects.filter(pk=histoire.college.pk).update(messagerie="")
    eleve = EleveFactory(
        campagne=histoire.accueil.domaine.campagne,
        etablissement=Etablissement.objects.get(pk=histoire.college.pk),
        referent_courriel="",
    )
    libre = Creneau.objects.filter(places_prises=0).first()
    convoquer(placer(CandidatureFactory(accueil=histoire.accueil, eleve=eleve), libre))
    Eleve.objects.filter(pk=eleve.pk).update(referent_courriel="mme.petit@creteil.example")
    assert dits(histoire.renvoyer())[0] == "1 courriel de plus à envoyer."
    assert Courriel.objects.get().destinataire == "mme.petit@creteil.example"
