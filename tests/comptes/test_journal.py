"""Le journal de sécurité : ce qui s'y inscrit, par quelque chemin que ce soit, et ce qu'il ne garde pas (R40)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from comptes.acteur import acteur
from comptes.models import Evenement, Sceau
from comptes.services.journal import Nature, duree_du_journal, empreinte_de_l_identifiant, journaliser
from comptes.services.sceaux import sceller, verifier
from comptes.tasks import purger_le_journal_ancien
from referentiel.models import Rattachement
from referentiel.permissions import Cote
from referentiel.services.equipe import modifier_les_droits, retirer_de_l_equipe
from tests.factories.referentiel import MOT_DE_PASSE, PersonneFactory, RattachementFactory

DU_RESEAU = {"REMOTE_ADDR": "203.0.113.77"}


def derniers(nature: Nature) -> list[Evenement]:
    return list(Evenement.objects.filter(nature=nature).order_by("-pk"))


@pytest.fixture
def personne(db):
    return PersonneFactory(mot_de_passe=MOT_DE_PASSE)


def test_une_connexion_un_refus_et_un_depart_s_inscrivent_avec_leur_reseau(client, personne):
    refuse = "  Personne.Inconnue@passpro.example"
    client.post("/connexion/", {"username": refuse, "password": "mot-de-passe-tape"}, **DU_RESEAU)
    client.post("/connexion/", {"username": personne.courriel, "password": "faux"}, **DU_RESEAU)
    client.post("/connexion/", {"username": personne.courriel, "password": MOT_DE_PASSE}, **DU_RESEAU)
    client.post("/deconnexion/", **DU_RESEAU)
    connu, inconnu = derniers(Nature.CONNEXION_REFUSEE)
    assert inconnu.personne is None
    assert inconnu.details == {"identifiant": empreinte_de_l_identifiant("personne.inconnue@passpro.example")}
    assert connu.personne == personne
    assert [evenement.personne for evenement in derniers(Nature.CONNEXION)] == [personne]
    assert [evenement.personne for evenement in derniers(Nature.DECONNEXION)] == [personne]
    assert {evenement.adresse for evenement in (connu, inconnu)} == {"203.0.113.0/24"}
    garde = str(list(Evenement.objects.values()))
    assert "mot-de-passe-tape" not in garde
    assert "inconnue" not in garde.casefold()
    assert "203.0.113.77" not in garde


def test_un_mot_de_passe_choisi_s_inscrit_et_une_empreinte_rafraichie_non(personne, settings):
    avant = len(derniers(Nature.MOT_DE_PASSE))
    personne.set_password("un-autre-mot-de-passe-long")
    personne.save()
    [change, *_] = derniers(Nature.MOT_DE_PASSE)
    assert (change.personne, len(derniers(Nature.MOT_DE_PASSE))) == (personne, avant + 1)
    settings.PASSWORD_HASHERS = list(reversed(settings.PASSWORD_HASHERS))
    assert personne.check_password("un-autre-mot-de-passe-long")
    assert personne.password.startswith("pbkdf2")
    assert len(derniers(Nature.MOT_DE_PASSE)) == avant + 1


def test_un_compte_ferme_ou_promu_s_inscrit(personne):
    nom = personne.nom_affiche
    personne.is_active, personne.is_staff = False, True
    personne.save()
    personne.second_facteur_le = timezone.now()
    personne.save(update_fields=["second_facteur_le"])
    personne.nom = "Autre"
    personne.save()
    assert [evenement.phrase for evenement in derniers(Nature.COMPTE)] == [
        f"Accès à l’administration donné\u00a0: {nom}.",
        f"Compte désactivé\u00a0: {nom}.",
        f"Compte ouvert\u00a0: {nom}.",
    ]
    assert [evenement.phrase for evenement in derniers(Nature.SECOND_FACTEUR)] == [f"Second facteur posé\u00a0: {nom}."]


def test_un_droit_donne_ou_retire_s_inscrit_par_tous_les_chemins(db):
    chef = RattachementFactory()
    membre = RattachementFactory(gestionnaire=True, etablissement=chef.etablissement)
    le = timezone.now()
    modifier_les_droits(place=membre, cote=Cote.ORIGINE, droits={"saisit_les_avis": True}, par=chef.personne, le=le)
    retirer_de_l_equipe(place=membre, cote=Cote.ORIGINE, par=chef.personne, le=le)
    Rattachement.objects.filter(pk=chef.pk).delete()
    lus = Evenement.objects.filter(nature=Nature.DROITS).order_by("pk")
    assert [(lu.phrase.split("\u00a0")[0], lu.uai) for lu in lus] == [
        (fait, chef.etablissement.uai)
        for fait in ("Place donnée", "Place donnée", "Droits changés", "Place retirée", "Place retirée")
    ]
    assert lus[2].details == {"avant": {"saisit_les_avis": False}, "apres": {"saisit_les_avis": True}}
    assert lus[2].objet_id == membre.personne_id


def test_un_droit_donne_dans_l_administration_a_son_auteur(db, connecter):
    saio = RattachementFactory(saio=True, personne__is_staff=True)
    membre = RattachementFactory(etablissement__academie=saio.academie)
    page = f"/admin/referentiel/rattachement/{membre.pk}/change/"
    envoi = {
        "role": "chef",
        "etablissement": membre.etablissement_id,
        "academie": "",
        "departement": "",
        "fonction": "",
        "origine": "on",
        "accueil": "on",
    }
    reponse = connecter(saio.personne).post(page, envoi, **DU_RESEAU)
    assert reponse.status_code == 302, reponse.context["errors"]
    donne = derniers(Nature.DROITS)[0]
    assert (donne.personne, donne.adresse) == (saio.personne, "203.0.113.0/24")
    assert donne.details["apres"] == {"accueil": True}


@pytest.mark.parametrize(
    ("adresse", "reseau"),
    [("198.51.100.9", "198.51.100.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48"), ("", ""), ("inconnue", "")],
)
def test_une_adresse_ne_se_garde_que_tronquee(rf, adresse, reseau):
    assert acteur(rf.get("/", REMOTE_ADDR=adresse)).reseau == reseau


def test_un_fait_nomme_ne_s_inscrit_qu_une_fois(db):
    for _ in range(3):
        journaliser(nature=Nature.EXPORT, phrase="Une fois.", le=timezone.now(), une_fois="fait:1")
    assert Evenement.objects.count() == 1


@pytest.mark.parametrize("modele", [Evenement, Sceau])
@pytest.mark.parametrize("ordre", ["UPDATE {} SET le = now()", "DELETE FROM {}", "TRUNCATE {}"])
def test_la_base_refuse_de_changer_ou_d_effacer_le_journal_et_ses_sceaux(db, modele, ordre):
    journaliser(nature=Nature.EXPORT, phrase="Un export.", le=timezone.now())
    sceller(le=timezone.now())
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="ne se modifie pas"):
            curseur.execute(ordre.format(modele._meta.db_table))


def test_la_purge_n_ote_que_l_ancien_et_ce_qui_reste_se_verifie(db):
    le = timezone.now()
    ancien, recent = le - duree_du_journal() - timedelta(days=2), le - timedelta(days=3)
    journaliser(nature=Nature.CONNEXION, phrase="Ancienne.", le=ancien)
    sceller(le=ancien)
    journaliser(nature=Nature.CONNEXION, phrase="Récente.", le=recent)
    sceller(le=recent)
    sortie = StringIO()
    call_command("purger_le_journal", simuler=True, stdout=sortie)
    assert "1 lignes à effacer" in sortie.getvalue()
    assert Evenement.objects.count() == 2
    purger_le_journal_ancien()
    purger_le_journal_ancien()
    assert [evenement.phrase for evenement in Evenement.objects.all()] == ["Récente."]
    assert not verifier(le=le).fautes


def test_une_duree_trop_courte_ne_vide_pas_le_journal(db, settings):
    """La base garde 180 jours, quoi que demande l'application."""
    settings.CONSERVATION_DU_JOURNAL = timedelta(0)
    le = timezone.now() - timedelta(days=100)
    journaliser(nature=Nature.CONNEXION, phrase="Cent jours.", le=le)
    sceller(le=le)
    purger_le_journal_ancien()
    with connection.cursor() as curseur:
        curseur.execute("SELECT comptes_purger_le_journal(%s)", [2**62])
        assert curseur.fetchone() == (0,)
    assert Evenement.objects.count() == 1


def test_le_journal_d_une_requete_ne_deborde_pas_sur_la_suivante(personne):
    Client().get("/", **DU_RESEAU)
    assert acteur().reseau == ""
