"""Une seule table de droits, et aucun chemin vers un droit que l'on n'a pas (R36, T3, T10, T11, T18)."""

import importlib
import inspect
from dataclasses import replace

import pytest
from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.test import Client
from django.urls import reverse

from comptes.administration import Consultation, Gestion
from referentiel.admin.campagnes import CampagneAdmin
from referentiel.models import Accueil, Campagne, Etablissement
from referentiel.permissions import Place, Role, perimetre_de
from tests.architecture.acces import PERSONNES, TABLE, Lieux, Page
from tests.architecture.test_acces import ecritures_relevees, sans_suite
from tests.factories.pilotage import Scene
from tests.factories.referentiel import MOT_DE_PASSE, PersonneFactory, RattachementFactory

# Qui a chaque droit, droit par droit ----------------------------------------------------------------------------

EO = {"chef_origine", "gestionnaire_origine", "saisit_les_avis"}
EA = {"chef_accueil", "gestionnaire_accueil", "transmet", "tient_l_offre"}
LIT_L_ORIGINE, LIT_L_ACCUEIL = EO | {"regard_origine"}, EA | {"regard_accueil"}
CHEFS = {"chef_origine", "chef_accueil"}
REGARDS = {"regard_origine", "regard_accueil"}
DROITS: dict[str, set[str]] = {
    "candidatures.peut_gerer_les_classes": EO,
    "candidatures.peut_inscrire": EO,
    "candidatures.peut_lire_les_classes": LIT_L_ORIGINE,
    "candidatures.peut_saisir_les_avis": {"chef_origine", "saisit_les_avis"},
    "entretiens.peut_convoquer": EA,
    "entretiens.peut_emporter_le_planning": EA,
    "entretiens.peut_lire_le_planning": LIT_L_ACCUEIL,
    "entretiens.peut_lire_les_convocations": LIT_L_ORIGINE,
    "entretiens.peut_planifier": EA,
    "entretiens.peut_remettre_les_convocations": EO,
    "entretiens.peut_saisir_les_presences": EA,
    "entretiens.peut_tenir_l_offre": {"chef_accueil", "tient_l_offre"},
    "avis.peut_choisir_la_relecture": {"chef_accueil"},
    "avis.peut_corriger": {"chef_accueil", "transmet"},
    "avis.peut_lire_des_noms": {"saio"},
    "avis.peut_lire_les_comptes_rendus": LIT_L_ACCUEIL,
    "avis.peut_lire_les_fiches": LIT_L_ORIGINE,
    "avis.peut_rediger": EA,
    "avis.peut_relancer": {"saio"},
    "avis.peut_remettre_les_fiches": EO,
    "avis.peut_suivre_affelnet": {"chef_origine", "saisit_les_avis"},
    "avis.peut_transmettre": {"chef_accueil", "transmet"},
    "avis.peut_transmettre_en_groupe": {"chef_accueil", "transmet"},
    "referentiel.lit_l_etablissement": LIT_L_ORIGINE | LIT_L_ACCUEIL,
    "referentiel.peut_administrer_l_academie": {"saio"},
    "referentiel.peut_exporter": EO | EA,
    "referentiel.peut_gerer_l_etablissement": CHEFS,
    "referentiel.peut_regarder_un_espace": {"saio"},
    "pilotage.peut_emporter_le_bilan": CHEFS,
    "pilotage.peut_lire_le_bilan": CHEFS | REGARDS,
    "pilotage.peut_lire_les_consultations": CHEFS | REGARDS,
}
APPLICATIONS = ("candidatures", "entretiens", "avis", "referentiel", "pilotage")


def droits_du_code() -> dict[str, object]:
    """Les fonctions des modules de permissions qui ne demandent qu'une place."""
    trouves = {}
    for application in APPLICATIONS:
        module = importlib.import_module(f"{application}.permissions")
        for nom, fonction in inspect.getmembers(module, inspect.isfunction):
            d_ici = fonction.__module__ == module.__name__ and not nom.startswith("_")
            if d_ici and [*inspect.signature(fonction).parameters] == ["place"]:
                trouves[f"{application}.{nom}"] = fonction
    return trouves


def places(scene: Scene) -> dict[str, Place]:
    """Une place de chaque sorte, telle que la base la donne."""
    delegues = {
        "saisit_les_avis": RattachementFactory(gestionnaire=True, etablissement=scene.college, saisit_les_avis=True),
        "transmet": RattachementFactory(
            gestionnaire=True, a_l_accueil=True, etablissement=scene.lycee, valide_les_comptes_rendus=True
        ),
        "tient_l_offre": RattachementFactory(
            gestionnaire=True, a_l_accueil=True, etablissement=scene.lycee, tient_l_offre=True
        ),
    }
    connus = {qui: getattr(scene, qui) for qui in PERSONNES if qui not in {"anonyme", "autre_origine", "autre_accueil"}}
    lues = {qui: perimetre_de(place.personne_id).places[0] for qui, place in (connus | delegues).items()}
    vide = replace(lues["observateur"], role=Role.OBSERVATEUR, lecture_seule=True, departement="")
    lues["regard_origine"] = replace(vide, etablissement=scene.college, origine=True, accueil=False)
    lues["regard_accueil"] = replace(vide, etablissement=scene.lycee, origine=False, accueil=True)
    return lues


def test_chaque_droit_est_a_qui_la_table_le_dit(scene):
    connus = droits_du_code()
    assert sorted(connus) == sorted(DROITS)
    tenues = places(scene)
    ecarts = {
        nom: (sorted(qui for qui, place in tenues.items() if fonction(place)), sorted(DROITS[nom]))
        for nom, fonction in connus.items()
    }
    assert {nom: ecart for nom, ecart in ecarts.items() if ecart[0] != ecart[1]} == {}


# Les envois que le rôle n'a pas -----------------------------------------------------------------------------------

SANS_LE_DROIT = ("anonyme", "gestionnaire_origine", "gestionnaire_accueil", "observateur", "saio")
FERMEES = {302, 403, 404}
# Un envoi sans session rend ce qui était tapé (E6).
A_RECONNECTER = 401
# Un faux jeton d'invitation compte comme un essai (T6) : c'est tout ce qu'il écrit.
ESSAIS_COMPTES = {"comptes_tentative"}


@pytest.fixture
def clients(scene, connecter) -> dict[str, Client]:
    ouverts = {
        qui: Client() if qui == "anonyme" else connecter(getattr(scene, qui).personne)
        for qui in (*SANS_LE_DROIT, "chef_origine", "chef_accueil")
    }
    for client in ouverts.values():
        client.raise_request_exception = False
    return ouverts


def adresse_de(page: Page, lieux: Lieux) -> str:
    return reverse(page.nom, kwargs=lieux.arguments(page))


def test_qui_n_ouvre_pas_une_page_n_y_envoie_rien(lieux, clients):
    """Chaque page fermée à une sorte de personne refuse aussi son envoi, et n'écrit rien."""
    ecarts, essayes = [], 0
    for page in TABLE:
        for qui, attendu in zip(PERSONNES, page.statuts, strict=True):
            if qui not in SANS_LE_DROIT or attendu not in FERMEES or page.nom.startswith("comptes:"):
                continue
            if attendu == 302 and (qui != "anonyme" or {*page.statuts} == {302}):
                continue
            essayes += 1
            with sans_suite(), ecritures_relevees() as ecrites:
                reponse = clients[qui].post(adresse_de(page, lieux), {"geste": "enregistrer", "confirme": "1"})
            refus = {attendu, 404, 405} | ({A_RECONNECTER} if qui == "anonyme" else set())
            if reponse.status_code not in refus or set(ecrites) - ESSAIS_COMPTES:
                ecarts.append(f"{page.nom} pour {qui} : {reponse.status_code} au lieu de {attendu}, écrit {ecrites}")
    assert essayes > 500
    assert not ecarts, "\n".join(ecarts)


# Une page que chef et gestionnaire ouvrent, un geste que seul le chef, ou qui en a reçu le droit, y fait.
GESTES_RESERVES = [
    ("referentiel:coordonnees_origine", "gestionnaire_origine", {"messagerie": "autre@creteil.example"}),
    ("referentiel:coordonnees_accueil", "gestionnaire_accueil", {"messagerie": "autre@creteil.example"}),
    ("candidatures:avis_classe", "gestionnaire_origine", {"avis": "favorable"}),
    ("candidatures:avis_eleve", "gestionnaire_origine", {"avis": "favorable"}),
    ("candidatures:avis_ligne", "gestionnaire_origine", {"avis": "favorable", "commentaire": "x"}),
    ("avis:affelnet", "gestionnaire_origine", {}),
    ("avis:compte_rendu", "gestionnaire_accueil", {"geste": "transmettre", "texte": "x"}),
    ("avis:compte_rendu", "gestionnaire_accueil", {"geste": "corriger", "texte": "x"}),
    ("avis:compte_rendu", "gestionnaire_accueil", {"geste": "renvoyer", "message": "x"}),
]


@pytest.mark.parametrize(
    ("nom", "qui", "envoi"),
    GESTES_RESERVES,
    ids=[f"{nom}-{envoi.get('geste', '')}" for nom, _, envoi in GESTES_RESERVES],
)
def test_un_geste_reserve_est_refuse_a_qui_n_a_que_la_page(lieux, clients, nom, qui, envoi):
    page = next(page for page in TABLE if page.nom == nom)
    with ecritures_relevees() as ecrites:
        reponse = clients[qui].post(adresse_de(page, lieux), envoi)
    assert (reponse.status_code, ecrites) == (403, [])


# Les champs que le formulaire n'a pas -----------------------------------------------------------------------------


def tous_les_champs(objet: models.Model) -> dict[str, object]:
    """Une valeur autre pour chaque champ du modèle, telle qu'un envoi peut la porter."""
    autres: dict[str, object] = {}
    for champ in objet._meta.concrete_fields:
        valeur = getattr(objet, champ.attname)
        if isinstance(champ, models.BooleanField):
            autres[champ.name] = "" if valeur else "on"
        elif champ.is_relation or isinstance(champ, models.IntegerField):
            autres[champ.name] = (valeur or 0) + 1
        else:
            autres[champ.name] = "injecté"
        autres[champ.attname] = autres[champ.name]
    return autres


def valeurs(objet: models.Model) -> dict[str, object]:
    return type(objet)._base_manager.filter(pk=objet.pk).values().get()


def changes(objet: models.Model, avant: dict[str, object]) -> set[str]:
    return {champ for champ, valeur in valeurs(objet).items() if avant[champ] != valeur}


def test_les_coordonnees_n_ecrivent_que_ce_que_le_formulaire_demande(lieux, scene, clients):
    lycee = scene.lycee
    avant = valeurs(lycee)
    envoi = {**tous_les_champs(lycee), "messagerie": "autre@creteil.example", "telephone": "01 02 03 04 05"}
    envoi |= {"chef": "Mme Autre", "portes_ouvertes": "En mars."}
    reponse = clients["chef_accueil"].post(reverse("referentiel:coordonnees_accueil", args=[lycee.segment]), envoi)
    assert reponse.status_code == 302
    assert changes(Etablissement.objects.get(pk=lycee.pk), avant) == {
        "messagerie",
        "telephone",
        "chef",
        "portes_ouvertes",
    }


def test_un_accueil_n_ecrit_que_ce_que_le_formulaire_demande(lieux, scene, clients):
    accueil = Accueil.objects.get(code=lieux.valeurs["accueil"])
    avant = valeurs(accueil)
    envoi = {**tous_les_champs(accueil), "modalite": accueil.modalite, "lieu": "Bâtiment B", "acces": "Bus 12"}
    envoi |= {
        "contact_nom": "Mme Autre",
        "contact_telephone": "01 02 03 04 05",
        "contact_courriel": "autre@creteil.example",
        "d_accord_pour": "99",
    }
    adresse = reverse("entretiens:accueil", args=[scene.lycee.segment, accueil.code])
    reponse = clients["chef_accueil"].post(adresse, envoi)
    assert reponse.status_code == 302, reponse.context["form"].errors
    permis = {"lieu", "acces", "contact_nom", "contact_telephone", "contact_courriel", "verifie_le"}
    assert {"lieu"} <= changes(accueil, avant) <= permis


def test_un_eleve_n_ecrit_que_ce_que_le_formulaire_demande(lieux, scene, clients):
    eleve = scene.eleve()
    avant = valeurs(eleve)
    naissance = eleve.date_de_naissance
    envoi = {
        **tous_les_champs(eleve),
        "nom": "Autrement",
        "prenom": eleve.prenom,
        "ine": "",
        "date_de_naissance_day": naissance.day,
        "date_de_naissance_month": naissance.month,
        "date_de_naissance_year": naissance.year,
        "classe": eleve.classe,
        "niveau": eleve.niveau,
        "referent": "autre",
        "referent_nom": eleve.referent_nom,
        "referent_courriel": eleve.referent_courriel,
    }
    adresse = reverse("candidatures:eleve_modifier", args=[scene.college.segment, eleve.code])
    reponse = clients["chef_origine"].post(adresse, envoi)
    assert reponse.status_code == 302, reponse.context["form"].errors
    assert changes(eleve, avant) == {"nom", "cle"}


def test_un_compte_ne_se_promeut_pas_par_ses_notifications(scene, clients):
    personne = scene.chef_origine.personne
    avant = valeurs(personne)
    clients["chef_origine"].post(reverse("comptes:notifications"), tous_les_champs(personne))
    assert changes(personne, avant) <= {"resume_quotidien"}


def test_l_administration_d_un_compte_ne_donne_ni_mot_de_passe_ni_administration_generale(scene, connecter):
    personne = PersonneFactory(mot_de_passe=MOT_DE_PASSE)
    avant = valeurs(personne)
    envoi = {**tous_les_champs(personne), "courriel": personne.courriel, "nom": "Autrement", "prenom": personne.prenom}
    envoi |= {"civilite": "", "is_active": "on", "groups": "1", "user_permissions": "1"}
    envoi |= {f"rattachements-{champ}": "0" for champ in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")}
    envoi |= {"rattachements-MAX_NUM_FORMS": "1000"}
    client = connecter(scene.saio.personne)
    reponse = client.post(reverse("admin:comptes_personne_change", args=[personne.pk]), envoi)
    assert reponse.status_code == 302, reponse.context["errors"]
    assert changes(personne, avant) <= {"nom", "cle", "civilite", "is_staff"}
    assert personne.check_password(MOT_DE_PASSE)


def sous_formulaires(classe: type) -> list[type]:
    return [classe, *(autre for fille in classe.__subclasses__() for autre in sous_formulaires(fille))]


def test_aucun_formulaire_de_modele_ne_prend_tous_les_champs():
    """Chacun nomme les siens : un champ ajouté au modèle n'entre dans aucun formulaire sans qu'on le veuille."""
    modules = {f"{application}." for application in (*APPLICATIONS, "comptes", "courriers", "passpro")}
    fautifs = [
        f"{classe.__module__}.{classe.__name__}"
        for classe in sous_formulaires(ModelForm)
        if any(classe.__module__.startswith(module) for module in modules)
        and classe._meta.model is not None
        and not isinstance(classe._meta.fields, list | tuple)
    ]
    assert not fautifs


def test_les_pages_d_administration_n_ecrivent_que_les_champs_qu_elles_montrent(scene, rf):
    requete = rf.get("/admin/")
    requete.user, requete.perimetre = scene.saio.personne, perimetre_de(scene.saio.personne_id)
    requete.le = scene.le
    ecarts = {}
    for modele, page in admin.site._registry.items():
        if isinstance(page, Gestion):
            champs = set(page.get_form(requete).base_fields)
            montres = {champ for _, bloc in page.get_fieldsets(requete) for champ in _a_plat(bloc["fields"])}
            if champs - montres or {"password", "is_superuser"} & champs:
                ecarts[modele.__name__] = champs - montres
    assert not ecarts
    assert "etat" not in CampagneAdmin(Campagne, admin.site).get_form(requete).base_fields


def _a_plat(champs) -> list[str]:
    return [nom for champ in champs for nom in (champ if isinstance(champ, list | tuple) else [champ])]


# Lire n'écrit rien, écrire demande un jeton ----------------------------------------------------------------------

COTES = {"origine": "chef_origine", "accueil": "chef_accueil"}


def lecteur(page: Page, lieux: Lieux) -> str:
    return COTES.get(adresse_de(page, lieux).split("/")[1], "saio")


def test_head_n_ecrit_rien_nulle_part(lieux, clients):
    """GET est éprouvé par la table des accès ; HEAD, lui, n'inscrit pas même une lecture."""
    ecarts = []
    for page in TABLE:
        if not page.nom.startswith("courriers:"):
            with sans_suite(), ecritures_relevees() as ecrites:
                statut = clients[lecteur(page, lieux)].head(adresse_de(page, lieux)).status_code
            # « sante » dit en 503 qu'un service manque : c'est sa réponse.
            if ecrites or (statut >= 500 and page.nom != "sante"):
                ecarts.append(f"{page.nom} : {statut}, écrit {ecrites}")
    assert not ecarts, "\n".join(ecarts)


def pages_d_administration(scene: Scene, rf) -> list[tuple[str, bool]]:
    """Adresses de chaque page de l'administration pour le SAIO ; vrai si l'ouvrir s'inscrit au dossier (R40)."""
    requete = rf.get("/admin/")
    requete.user, requete.perimetre = scene.saio.personne, perimetre_de(scene.saio.personne_id)
    requete.le = scene.le
    adresses = [(reverse("admin:index"), False)]
    for modele, page in admin.site._registry.items():
        prefixe = f"admin:{modele._meta.app_label}_{modele._meta.model_name}"
        adresses += [(reverse(f"{prefixe}_changelist"), False), (reverse(f"{prefixe}_add"), False)]
        if objet := page.get_queryset(requete).first():
            notee = isinstance(page, Consultation) and type(page).change_view is not Consultation.change_view
            adresses.append((reverse(f"{prefixe}_change", args=[objet.pk]), notee))
            adresses += [(reverse(f"{prefixe}_{suite}", args=[objet.pk]), False) for suite in ("history", "delete")]
    return adresses


JOURNAUX = {"comptes_trace", "comptes_evenement"}


def test_lire_l_administration_n_ecrit_rien(lieux, scene, connecter, rf):
    client = connecter(scene.saio.personne)
    client.raise_request_exception = False
    adresses, ecarts = pages_d_administration(scene, rf), []
    for adresse, notee in adresses:
        for verbe in ("get", "head"):
            with sans_suite(), ecritures_relevees() as ecrites:
                statut = getattr(client, verbe)(adresse).status_code
            if statut >= 500 or set(ecrites) - (JOURNAUX if notee and verbe == "get" else set()):
                ecarts.append(f"{verbe} {adresse} : {statut}, écrit {ecrites}")
    assert len(adresses) > 60
    assert not ecarts, "\n".join(ecarts)


def test_toute_adresse_refuse_un_envoi_sans_jeton(lieux, scene, rf):
    clients = {}
    for qui in ("chef_origine", "chef_accueil", "saio"):
        clients[qui] = Client(enforce_csrf_checks=True)
        clients[qui].force_login(getattr(scene, qui).personne, backend="django.contrib.auth.backends.ModelBackend")
    envois = [(page.nom, lecteur(page, lieux), adresse_de(page, lieux)) for page in TABLE]
    envois += [(adresse, "saio", adresse) for adresse, _ in pages_d_administration(scene, rf)]
    ecarts = []
    for nom, qui, adresse in envois:
        for verbe in ("post", "put", "patch", "delete"):
            with sans_suite(), ecritures_relevees() as ecrites:
                statut = getattr(clients[qui], verbe)(adresse, {"geste": "enregistrer"}).status_code
            if statut != 403 or ecrites:
                ecarts.append(f"{verbe} {nom} : {statut}, écrit {ecrites}")
    assert not ecarts, "\n".join(ecarts)


def test_un_envoi_sans_jeton_rend_ce_qui_etait_tape_sauf_les_secrets(lieux, scene):
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene.chef_accueil.personne, backend="django.contrib.auth.backends.ModelBackend")
    adresse = reverse("avis:compte_rendu", args=[scene.lycee.segment, lieux.valeurs["tenue"]])
    page = client.post(adresse, {"texte": "Un long texte.", "password": "mon-secret", "code": "123456"})
    assert page.status_code == 403
    assert "Formulaire expiré" in page.content.decode()
    assert "Un long texte." in page.content.decode()
    assert "mon-secret" not in page.content.decode()
    assert "123456" not in page.content.decode()
