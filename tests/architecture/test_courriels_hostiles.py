"""Des retours à la ligne, des en-têtes, des adresses dans chaque texte : ce que le relais reçoit pour de vrai (T14)."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from icalendar import Calendar

from avis.models import Relance
from avis.services import relancer, transmettre
from candidatures.models import Candidature, DemandeDeCreneau
from candidatures.rules import Etat
from candidatures.services import demander_un_creneau, demander_un_transfert, desister, preinscriptions
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens import services
from entretiens.rules.etats import EtatEntretien
from passpro.resumes import poster_les_resumes
from referentiel.models.codes import nouveau_code
from referentiel.rules.jeu import Avis
from tests.factories.avis import avis_pour
from tests.factories.changements import partir
from tests.factories.charges import APPLICATIONS, charger
from tests.factories.entretiens import convoquer, ouvrir_un_creneau
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.preinscriptions import RESEAU, envoyee, saisie
from tests.factories.referentiel import EtablissementFactory
from tests.messagerie import serveur_de_messagerie

pytestmark = pytest.mark.django_db
VICTIME = "v@ailleurs.example"
CHARGE = f"\r\nBcc: {VICTIME}\r\nATTENDEE:mailto:{VICTIME}\r\n"
EN_TETES = {
    "auto-submitted",
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "subject",
    "to",
    "content-transfer-encoding",
    # Posés par le serveur d'essai.
    "x-peer",
    "x-mailfrom",
    "x-rcptto",
}
PRENOM, NOM = "Zephirine", "Quatremer"


@pytest.fixture
def scene(monkeypatch) -> Scene:
    monkeypatch.setattr("django.utils.timezone.now", lambda: MAINTENANT)
    return Scene()


def relu(objet):
    return type(objet)._default_manager.get(pk=objet.pk)


def faire_tout_ce_qui_ecrit(scene: Scene) -> None:
    """Prépare chaque situation, charge la base, puis fait chaque geste qui poste un courriel."""
    hier, avant = scene.le - timedelta(days=1), scene.le - timedelta(days=2)
    eleve = {"nom": NOM, "prenom": PRENOM}
    a_convoquer = [
        services.placer(
            candidature=(candidature := scene.candidature(eleve=scene.eleve(**eleve))),
            creneau=ouvrir_un_creneau(candidature.accueil, heure, le=avant),
            par=None,
            le=avant,
        )
        for heure in (9, 10, 11)
    ]
    tenue = scene.avec_entretien(Etat.REALISEE, debut=hier, presence=EtatEntretien.TENU, eleve=scene.eleve(**eleve))
    scene.en_retard()
    ailleurs = scene.eleve(etablissement=EtablissementFactory(), ine="012345678AB", **eleve)
    demande, jeton = saisie(scene.campagne, avant)
    recue, _ = envoyee(scene.campagne, avant, nom=NOM, prenom=PRENOM, courriel="recue@cfa.example")
    autre, _ = envoyee(scene.campagne, avant, nom=NOM, prenom="Zoe", courriel="autre@cfa.example")
    Courriel.objects.all().delete()
    charger(CHARGE)
    convoquer(*map(relu, a_convoquer), le=avant)
    Courriel.objects.update(etat=EtatCourriel.ENVOYE, envoye_le=avant)
    Candidature.objects.filter(entretiens__in=a_convoquer).update(etat=Etat.CONVOQUEE)
    chef, le = relu(scene.chef_origine).personne, scene.le
    premier, deuxieme, troisieme = map(relu, a_convoquer)
    libre = ouvrir_un_creneau(premier.candidature.accueil, 15, le=avant)
    services.deplacer(entretien=premier, creneau=libre, par=None, le=le)
    desister(candidature=deuxieme.candidature, motif=CHARGE, par=chef, le=le)
    demander_un_creneau(
        candidature=troisieme.candidature, motif=DemandeDeCreneau.Motif.STAGE, message=CHARGE, par=chef, le=le
    )
    transmettre(
        candidature=relu(tenue),
        texte=CHARGE + "Motivé, précis.",
        avis=avis_pour(tenue, Avis.FAVORABLE),
        version=0,
        par=relu(scene.chef_accueil).personne,
        le=le,
    )
    demander_un_transfert(ine=ailleurs.ine, etablissement=relu(scene.college), campagne=scene.campagne, par=chef, le=le)
    relancer(
        envoi=nouveau_code(),
        motif=Relance.Motif.COMPTES_RENDUS,
        uai=[scene.lycee.uai],
        campagne=scene.campagne,
        par=relu(scene.saio).personne,
        le=le,
    )
    preinscriptions.envoyer(preinscription=relu(demande), jeton=jeton, reseau=RESEAU, le=le)
    preinscriptions.demander_un_complement(preinscription=relu(recue), message=CHARGE, par=scene.saio.personne, le=le)
    preinscriptions.refuser(preinscription=relu(autre), motif="autre", message=CHARGE, par=scene.saio.personne, le=le)
    poster_les_resumes(le=le)


def adresses_connues() -> set[str]:
    """Toutes les adresses que la base porte, courriels à part."""
    champs = [
        (modele, champ.name)
        for modele in apps.get_models()
        if modele._meta.app_label in APPLICATIONS and modele._meta.app_label != "courriers"
        for champ in modele._meta.concrete_fields
        if isinstance(champ, models.EmailField)
    ]
    return {adresse.lower() for modele, nom in champs for adresse in modele._base_manager.values_list(nom, flat=True)}


def test_aucun_texte_n_ajoute_un_destinataire_un_en_tete_ni_un_invite(scene):
    with serveur_de_messagerie() as messagerie:
        faire_tout_ce_qui_ecrit(scene)
        attendus = {c.message_id: c.destinataire for c in Courriel.objects.exclude(etat=EtatCourriel.ENVOYE)}
        partir(scene.le + timedelta(days=3))
    assert {message["Message-ID"] for message in messagerie.messages} == set(attendus)
    natures = set(Courriel.objects.filter(etat=EtatCourriel.ENVOYE).values_list("nature", flat=True))
    assert len(natures) >= 7
    for message, destinataires in zip(messagerie.messages, messagerie.destinataires, strict=True):
        assert destinataires == [attendus[message["Message-ID"]]]
        assert defauts(message) == []
    assert {adresse.lower() for adresse in attendus.values()} <= adresses_connues()


def defauts(message: EmailMessage) -> list[str]:
    sujet = str(message["Subject"])
    intrus = {nom.lower() for nom in message} - EN_TETES
    noms = [nom for nom in (PRENOM, NOM) if nom.lower() in sujet.lower()]
    agendas = [
        nom
        for partie in message.walk()
        if partie.get_content_type() == "text/calendar"
        for evenement in Calendar.from_ical(partie.get_content()).walk("VEVENT")
        for nom in evenement
        if nom in {"ATTENDEE", "ORGANIZER", "ATTACH"}
    ]
    return [*intrus, *(f"{nom} dans « {sujet} »" for nom in noms), *agendas]


ADRESSES = {
    "deux": "a@b.example, x@ailleurs.example",
    "deux sans espace": "a@b.example,x@ailleurs.example",
    "un en-tête": "a@b.example\r\nBcc: x@ailleurs.example",
    "un nom": "Nom <a@b.example>",
    "un point-virgule": "a@b.example;x@ailleurs.example",
    "une séparation invisible": "a@b.example\u2028x@ailleurs.example",
}


def formulaires(classe: type[forms.BaseForm] = forms.BaseForm):
    for sorte in classe.__subclasses__():
        yield sorte
        yield from formulaires(sorte)


@pytest.mark.parametrize("cas", ADRESSES)
def test_chaque_champ_d_adresse_en_refuse_deux(cas):
    """Les modèles, puis les formulaires : un champ nouveau y passe sans qu'on y pense."""
    champs = [
        champ
        for modele in apps.get_models()
        if modele._meta.app_label in APPLICATIONS
        for champ in modele._meta.concrete_fields
        if any(mot in champ.name for mot in ("courriel", "messagerie", "destinataire"))
        and isinstance(champ, models.CharField)
    ]
    champs += [
        champ
        for sorte in set(formulaires())
        for nom, champ in getattr(sorte, "base_fields", {}).items()
        if any(mot in nom for mot in ("courriel", "messagerie", "destinataire")) and isinstance(champ, forms.CharField)
    ]
    assert len(champs) >= 10
    for champ in champs:
        with pytest.raises(ValidationError):
            champ.clean(ADRESSES[cas], None) if isinstance(champ, models.Field) else champ.clean(ADRESSES[cas])
