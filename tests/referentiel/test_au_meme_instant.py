"""Deux écritures du référentiel au même instant : jamais d'erreur du serveur, jamais de saisie perdue (F1, F4)."""

from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from comptes.contraintes import AU_MEME_INSTANT
from comptes.models import Trace
from entretiens.models import Jury, Salle
from referentiel.models import Accueil, Campagne, Etablissement
from tests.entretiens.test_concurrence import ensemble, jusqu_a_ce_qu_une_autre_connexion_attende, un_accueil
from tests.factories.candidatures import EN_MARS
from tests.factories.entretiens import JuryFactory
from tests.factories.referentiel import CampagneFactory, EtablissementFactory, RattachementFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def accueil(monkeypatch) -> Accueil:
    monkeypatch.setattr(timezone, "now", lambda: EN_MARS)
    return un_accueil()


@pytest.fixture
def chef(accueil):
    return RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne


@pytest.fixture
def saio(accueil):
    return RattachementFactory(saio=True, personne__is_staff=True).personne


def pendant_un_import(campagne: Campagne, accueil: Accueil, geste) -> list:
    """Lance `geste` alors qu'un import tient la campagne et n'a pas encore écrit l'accueil ; rend ce qu'il a donné."""
    rendus: list = []

    def lancer():
        try:
            rendus.append(geste())
        finally:
            connection.close()

    fil = Thread(target=lancer)
    with transaction.atomic():
        Campagne.objects.select_for_update(of=("self",), no_key=True).get(pk=campagne.pk)
        fil.start()
        jusqu_a_ce_qu_une_autre_connexion_attende()
        Accueil.objects.filter(pk=accueil.pk).update(acces="Bus 180")
    fil.join(timeout=60)
    return rendus


@pytest.mark.parametrize("cote", ["administration", "lycee"])
def test_enregistrer_un_accueil_pendant_un_import_attend_l_import_puis_aboutit(accueil, chef, saio, connecter, cote):
    campagne = accueil.domaine.campagne
    if cote == "administration":
        client = connecter(saio)
        adresse = reverse("admin:referentiel_accueil_change", args=[accueil.pk])
        page = client.get(adresse)
        saisie = champs_de(page) | {"lieu": "Bâtiment B"}
    else:
        client = connecter(chef)
        adresse = reverse("entretiens:accueil", args=[accueil.etablissement.segment, accueil.code])
        saisie = {"lieu": "Bâtiment B", "contact_telephone": "01 23 45 67 89", "modalite": accueil.modalite}
    [reponse] = pendant_un_import(campagne, accueil, lambda: client.post(adresse, saisie))
    assert reponse.status_code == 302
    assert Accueil.objects.get(pk=accueil.pk).lieu == "Bâtiment B"


def champs_de(page) -> dict[str, str]:
    """Ce que le navigateur renverrait d'une page de l'administration laissée telle quelle."""
    contexte = page.context
    formulaires = [contexte["adminform"].form, *(f.formset.management_form for f in contexte["inline_admin_formsets"])]
    valeurs = {champ.html_name: champ.value() for formulaire in formulaires for champ in formulaire}
    envoyes = {nom: valeur for nom, valeur in valeurs.items() if valeur not in (None, False)}
    return envoyes | {"version": str(contexte["version"])}


def test_un_jury_et_une_salle_retires_quatre_fois_a_la_fois_ne_font_jamais_d_erreur(accueil, chef, connecter):
    lycee = accueil.etablissement
    jury = JuryFactory(etablissement=lycee)
    salle = Salle.objects.create(etablissement=lycee, nom="204")
    for nom, parametre, objet in (("jurys", "jury", jury), ("salles", "salle", salle)):
        adresse = f"{reverse(f'entretiens:{nom}', args=[lycee.segment])}?{parametre}={objet.pk}"
        clients = [connecter(chef) for _ in range(4)]
        reponses, leves = ensemble([lambda c=client, a=adresse: c.post(a, {"geste": "retirer"}) for client in clients])
        assert leves == []
        assert {reponse.status_code for reponse in reponses} <= {302, 404}
    assert not Jury.objects.exists()
    assert not Salle.objects.exists()
    assert Trace.objects.filter(fait__in=["jury_retire", "salle_retiree"]).count() == 2


def test_un_jury_supprime_pendant_qu_on_le_modifie_rend_la_saisie(accueil, chef, connecter):
    lycee = accueil.etablissement
    jury = JuryFactory(etablissement=lycee)
    adresse = f"{reverse('entretiens:jurys', args=[lycee.segment])}?jury={jury.pk}"
    rendus: list = []

    def modifier():
        try:
            rendus.append(connecter(chef).post(adresse, {"nom": "Jury du mardi", "membres": "Mme Petit"}))
        finally:
            connection.close()

    fil = Thread(target=modifier)
    with transaction.atomic():
        Jury.objects.select_for_update().get(pk=jury.pk)
        fil.start()
        jusqu_a_ce_qu_une_autre_connexion_attende()
        Jury.objects.filter(pk=jury.pk).delete()
    fil.join(timeout=60)
    [reponse] = rendus
    assert reponse.status_code == 200
    assert "vient d’être supprimé" in reponse.content.decode()
    assert "Jury du mardi" in reponse.content.decode()


def test_un_interblocage_dans_un_espace_se_dit_et_rend_la_saisie(accueil, chef, connecter, monkeypatch):
    """Deux transactions se croisent pour de vrai : celle de la page perd, et la page le dit."""
    lycee, autre = accueil.etablissement, EtablissementFactory()
    croises = Barrier(2)

    def croiser(**_):
        with transaction.atomic(), connection.cursor() as curseur:
            curseur.execute("SET LOCAL deadlock_timeout = '50ms'")
            Etablissement.objects.filter(pk=autre.pk).update(chef="M. Deux")
            croises.wait(timeout=60)
            Etablissement.objects.filter(pk=lycee.pk).update(chef="M. Deux")

    monkeypatch.setattr("entretiens.views.lieux.services.ajouter_une_salle", croiser)
    adresse = reverse("entretiens:salles", args=[lycee.segment])
    rendus: list = []

    def envoyer():
        try:
            rendus.append(connecter(chef).post(adresse, {"nom": "Salle des actes", "places": ""}))
        finally:
            connection.close()

    fil = Thread(target=envoyer)
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SET LOCAL deadlock_timeout = '60s'")
        Etablissement.objects.filter(pk=lycee.pk).update(chef="Mme Un")
        fil.start()
        croises.wait(timeout=60)
        Etablissement.objects.filter(pk=autre.pk).update(chef="Mme Un")
    fil.join(timeout=60)
    [reponse] = rendus
    assert reponse.status_code == 409
    assert AU_MEME_INSTANT in reponse.content.decode()
    assert "Salle des actes" in reponse.content.decode()


def test_des_regles_figees_par_un_collegue_rendent_ce_qui_etait_saisi(accueil, saio, connecter):
    """La campagne s'ouvre pendant que l'on règle sa matrice : rien n'est enregistré, rien n'est perdu (F4)."""
    with transaction.atomic():
        campagne = CampagneFactory(etat=Campagne.Etat.PREPARATION, annee=2028)
    client = connecter(saio)
    adresse = reverse("admin:referentiel_jeuderegles_change", args=[campagne.regles.pk])
    saisie = champs_de(client.get(adresse)) | {
        "phrase_affelnet": "Une phrase longuement pesée.",
        "delai_compte_rendu": 5,
    }
    Campagne.objects.exclude(pk=campagne.pk).update(etat=Campagne.Etat.CLOSE)
    Campagne.objects.filter(pk=campagne.pk).update(etat=Campagne.Etat.OUVERTE)
    reponse = client.post(adresse, saisie)
    page = reponse.content.decode()
    assert reponse.status_code == 403
    assert "rien n’est enregistré" in page
    assert "Une phrase longuement pesée." in page
    assert "Phrase sur Affelnet-Lycée" in page
    campagne.regles.refresh_from_db()
    assert campagne.regles.phrase_affelnet != "Une phrase longuement pesée."
