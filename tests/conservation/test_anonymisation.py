"""Une campagne anonymisée : plus un nom, nulle part ; les mêmes chiffres (R40, F11)."""

import io
import re
import signal
import subprocess
import sys
from datetime import timedelta
from difflib import unified_diff
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from python_calamine import CalamineWorkbook

from avis.codes import code_de_la_fiche
from avis.lectures import fiche_de
from candidatures.models import Candidature, Eleve
from comptes.models import Session, Trace
from comptes.services import consigner
from comptes.services.sceaux import sceller, verifier
from conservation import services
from conservation.models import Anonymisation, Report
from conservation.services import anonymisations
from courriers.models import Courriel
from passpro.celery import app
from passpro.invariants import INVARIANTS, chercher_les_ecarts
from pilotage.views.suivi import TABLEAUX
from referentiel.models import Campagne
from referentiel.rules.dates import jour_de
from referentiel.rules.refus import Refus
from tests.atelier import environnement
from tests.factories.conservation import CLOTURE, DISTINCTIFS, NOM, SceneNommee, campagne_nommee, clore, echoir
from tests.factories.pilotage import Scene
from tests.factories.referentiel import CampagneFactory

PAGES_DE_CHIFFRES = (
    "suivi",
    "suivi_departements",
    "suivi_domaines",
    "suivi_etablissements",
    "suivi_avis",
    "suivi_bilan",
)
# Le jeton du formulaire, l'heure de l'impression, le temps qui reste à la session.
MOUVANT = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|Édité le [^<]*|data-terme="[0-9]+"')


@pytest.fixture
def scene(transactional_db, horloge):
    return campagne_nommee()


@pytest.fixture
def legere(transactional_db, horloge):
    """Un seul dossier, rendu : assez pour ce qui ne dépend pas des situations."""
    scene = SceneNommee()
    scene.rendue()
    return scene


def traces_de(texte: str) -> set[str]:
    plat = texte.lower()
    return {mot for mot in DISTINCTIFS if mot.lower() in plat}


def dans_la_base() -> dict[str, set[str]]:
    """Toutes les lignes de toutes les tables, octets compris ; les sessions, telles qu'elles se lisent."""
    trouves = {}
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT table_name, array_agg(CASE data_type "
            "WHEN 'bytea' THEN format('encode(%I, ''escape'')', column_name) ELSE "
            "format('%I::text', column_name) END) FROM information_schema.columns "
            "WHERE table_schema = 'public' GROUP BY table_name"
        )
        for table, colonnes in curseur.fetchall():
            curseur.execute(f'SELECT concat_ws(chr(10), {", ".join(colonnes)}) FROM "{table}"')  # noqa: S608
            mots = {mot for (ligne,) in curseur.fetchall() for mot in traces_de(ligne)}
            trouves |= {table: mots} if mots else {}
    sessions = {mot for session in Session.objects.all() for mot in traces_de(str(session.get_decoded()))}
    return trouves | ({"sessions": sessions} if sessions else {})


def dans_les_fichiers() -> set[str]:
    racine = Path(settings.MEDIA_ROOT)
    fichiers = [fichier for fichier in racine.rglob("*") if fichier.is_file()]
    return {mot for f in fichiers for mot in traces_de(f.name + f.read_bytes().decode("latin-1"))}


def chiffres(scene: Scene, connecter) -> dict[str, object]:
    """Chaque page de chiffres et chaque fichier Excel, pour le SAIO et pour les deux établissements."""
    saio, *chefs = [connecter(p.personne) for p in (scene.saio, scene.chef_origine, scene.chef_accueil)]
    pages = {nom: saio.get(reverse(f"pilotage:{nom}")) for nom in PAGES_DE_CHIFFRES}
    fichiers = {code: saio.get(reverse("pilotage:tableau", args=[code])) for code in TABLEAUX}
    lieux = (("origine", scene.college), ("accueil", scene.lycee))
    for client, (cote, lieu) in zip(chefs, lieux, strict=True):
        segment = [lieu.segment]
        pages[f"bilan {cote}"] = client.get(reverse(f"pilotage:bilan_{cote}", args=segment))
        fichiers[f"bilan {cote}"] = client.get(reverse(f"pilotage:bilan_{cote}_xlsx", args=segment))
    assert {reponse.status_code for reponse in (*pages.values(), *fichiers.values())} == {200}
    lus = {nom: MOUVANT.sub("", reponse.content.decode()) for nom, reponse in pages.items()}
    return lus | {f"{code}.xlsx": cases(reponse.content) for code, reponse in fichiers.items()}


def ecarts(avant: object, apres: object) -> list[str]:
    """Les lignes qui diffèrent, pour dire lesquelles."""
    lignes = [str(page).replace("], [", "],\n[").splitlines() for page in (avant, apres)]
    return [ligne for ligne in unified_diff(*lignes, n=0, lineterm="") if ligne[:2] not in ("--", "++", "@@")]


def cases(contenu: bytes) -> list[list]:
    classeur = CalamineWorkbook.from_filelike(io.BytesIO(contenu))
    return [classeur.get_sheet_by_name(nom).to_python() for nom in classeur.sheet_names]


def test_plus_un_nom_nulle_part_et_les_memes_chiffres(scene, horloge, connecter, client):
    campagne = clore(scene, horloge)
    connecter(scene.chef_origine.personne).get(reverse("pilotage:eleves", args=[scene.college.segment]), {"q": NOM})
    assert dans_la_base().keys() >= {
        "candidatures_eleve",
        "candidatures_formationdemandee",
        "candidatures_preinscription",
        "candidatures_demandedecreneau",
        "candidatures_classe",
        "candidatures_candidature",
        "avis_compterendu",
        "avis_exportaffelnet",
        "comptes_trace",
        "courriers_courriel",
        "referentiel_importation",
        "referentiel_travail",
        "referentiel_derogation",
        "referentiel_accueil",
    }
    assert dans_les_fichiers()
    le = echoir(campagne, horloge)
    avant, impossibles = chiffres(scene, connecter), etats_impossibles()
    code = une_fiche(campagne, horloge)
    [faite] = services.faire_ce_qui_est_du(le=le)
    assert faite.finie_le == le
    assert dans_la_base() == {}
    assert dans_les_fichiers() == set()
    apres = chiffres(scene, connecter)
    assert [ecart for nom in avant for ecart in ecarts(avant[nom], apres[nom])] == []
    assert etats_impossibles() == impossibles
    verification = client.get(reverse("avis:verification", args=[code]))
    assert "n’est plus gardée" in verification.content.decode()
    assert verification.status_code == 200


def etats_impossibles() -> dict[str, int]:
    with transaction.atomic():
        return {ecart.invariant.nom: ecart.nombre for ecart in chercher_les_ecarts(INVARIANTS)}


def une_fiche(campagne: Campagne, horloge) -> str:
    eleve = Eleve.objects.filter(candidatures__compte_rendu__isnull=False, nom__startswith=NOM).first()
    contenu = fiche_de(Campagne.objects.avec_regles().get(pk=campagne.pk), eleve, horloge.le)
    return code_de_la_fiche(eleve.code, contenu.empreinte)


def test_les_pages_d_une_campagne_anonymisee_s_ouvrent_encore(scene, horloge, connecter):
    campagne = clore(scene, horloge)
    services.faire_ce_qui_est_du(le=echoir(campagne, horloge))
    eleve = Eleve.objects.filter(etablissement=scene.college, candidatures__compte_rendu__isnull=False).first()
    recue = Candidature.objects.filter(accueil__etablissement=scene.lycee, inscrite_le__isnull=False).first()
    origine, accueil, saio = (connecter(p.personne) for p in (scene.chef_origine, scene.chef_accueil, scene.saio))
    college, lycee = scene.college.segment, scene.lycee.segment
    for client, nom, arguments in (
        (origine, "pilotage:a_faire_origine", [college]),
        (origine, "pilotage:eleves", [college]),
        (origine, "pilotage:eleve", [college, eleve.code]),
        (origine, "avis:fiche", [college, eleve.code]),
        (origine, "avis:fiches", [college]),
        (origine, "candidatures:classes", [college]),
        (origine, "entretiens:convocations", [college]),
        (accueil, "pilotage:candidats", [lycee]),
        (accueil, "pilotage:candidature_accueil", [lycee, recue.code]),
        (accueil, "avis:comptes_rendus", [lycee]),
        (saio, "pilotage:academie", []),
        (saio, "candidatures:preinscriptions", []),
        (saio, "referentiel:courriels", []),
        (saio, "avis:affelnet_academie", []),
        (saio, "conservation:accueil", []),
    ):
        assert client.get(reverse(nom, args=arguments)).status_code == 200, nom


def test_rien_ne_se_fait_sans_trente_jours_d_avertissement(legere, horloge):
    campagne = clore(legere, horloge)
    en_retard = CLOTURE + timedelta(days=900)
    assert services.faire_ce_qui_est_du(le=en_retard) == []
    assert services.faire_ce_qui_est_du(le=en_retard + timedelta(days=29)) == []
    avertis = Courriel.objects.filter(nature="conservation").values_list("destinataire", flat=True)
    assert set(avertis) == {legere.saio.personne.courriel}
    assert len(avertis) == 2
    with pytest.raises(Refus, match="n’est pas venu"):
        services.anonymiser_une_campagne(campagne=campagne, le=en_retard + timedelta(days=29))
    assert len(services.faire_ce_qui_est_du(le=en_retard + timedelta(days=30))) == 1
    assert services.faire_ce_qui_est_du(le=en_retard + timedelta(days=31)) == []
    assert Courriel.objects.filter(nature="conservation").count() == 2


def test_un_report_motive_repousse_le_terme_et_se_lit_dans_l_historique(legere, horloge):
    campagne = clore(legere, horloge)
    le = echoir(campagne, horloge)
    jour = jour_de(le) + timedelta(days=200)
    commun = {"campagne": campagne, "par": legere.saio.personne, "le": le}
    with pytest.raises(Refus, match="Dites pourquoi"):
        services.reporter(jusqu_au=jour, motif=" ", **commun)
    with pytest.raises(Refus, match="Choisissez un jour après"):
        services.reporter(jusqu_au=jour_de(CLOTURE), motif="Recours", **commun)
    services.reporter(jusqu_au=jour, motif="Recours devant le tribunal", **commun)
    assert Trace.objects.de(campagne).first().apres == {
        "jusqu_au": jour.isoformat(),
        "motif": "Recours devant le tribunal",
    }
    assert services.faire_ce_qui_est_du(le=le) == []
    assert services.faire_ce_qui_est_du(le=le + timedelta(days=171)) == []
    assert len(services.faire_ce_qui_est_du(le=le + timedelta(days=201))) == 1
    with pytest.raises(Refus, match="a commencé"):
        services.reporter(jusqu_au=jour + timedelta(days=900), motif="Trop tard", **commun)
    assert Report.objects.count() == 1


def test_la_campagne_suivante_n_efface_pas_le_courrier_de_celle_qu_un_report_garde(legere, horloge):
    campagne = clore(legere, horloge)
    ancienne = CampagneFactory(academie=campagne.academie, annee=2026, etat=Campagne.Etat.CLOSE)
    consigner(objet=ancienne, fait="cloture", phrase="Close.", par=None, le=CLOTURE - timedelta(days=365))
    commun = {"par": legere.saio.personne, "le": CLOTURE}
    services.reporter(campagne=ancienne, jusqu_au=jour_de(CLOTURE) + timedelta(days=900), motif="Recours", **commun)
    courriel = Courriel.objects.exclude(cle__startswith="terme:").filter(uai=legere.college.uai).first()
    Courriel.objects.filter(pk=courriel.pk).update(poste_le=CLOTURE - timedelta(days=400), sujet="Pièce du recours")
    assert len(services.faire_ce_qui_est_du(le=echoir(campagne, horloge))) == 1
    courriel.refresh_from_db()
    assert courriel.sujet == "Pièce du recours"
    assert not Courriel.objects.filter(uai=legere.college.uai, poste_le__gt=CLOTURE - timedelta(days=365)).exclude(
        cle__startswith="anonyme:"
    )


def test_l_essai_dit_ce_qui_serait_fait_et_n_ecrit_rien(scene, horloge):
    campagne = clore(scene, horloge)
    echoir(campagne, horloge)
    avant = dans_la_base()
    sortie = io.StringIO()
    call_command("anonymiser", essai=True, stdout=sortie)
    eleves = Eleve.objects.filter(campagne=campagne).count()
    assert f"{eleves}\u00a0élèves" in sortie.getvalue()
    assert "ce qui serait anonymisé le" in sortie.getvalue()
    assert dans_la_base() == avant
    comptes = services.compter(campagne=campagne, le=horloge.le)
    [faite] = services.faire_ce_qui_est_du(le=horloge.le)
    assert faite.comptes == {etape: nombre for etape, nombre in comptes.items() if nombre}


TUEE = """
import os, signal, django
django.setup()
from django.utils import timezone
from datetime import datetime
from django.db import transaction
from conservation import services
from conservation.services import anonymisations
anonymisations.TAILLE_D_UN_LOT = 3
vrai, restants = anonymisations._faire_un_lot, {lots}
def compter_les_lots(*arguments):
    global restants
    with transaction.atomic():
        fait = vrai(*arguments)
        restants -= 1
        if restants == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return fait
anonymisations._faire_un_lot = compter_les_lots
services.faire_ce_qui_est_du(le=datetime.fromisoformat("{le}"))
"""


@pytest.mark.pannes
def test_tuee_en_chemin_elle_reprend_et_finit_de_meme(scene, horloge, connecter):
    campagne = clore(scene, horloge)
    le = echoir(campagne, horloge)
    avant, attendus = chiffres(scene, connecter), services.compter(campagne=campagne, le=le)
    for lots in (1, 40, 25):
        programme = TUEE.format(lots=lots, le=le.isoformat())
        mort = subprocess.run([sys.executable, "-c", programme], env=_environnement(), check=False, timeout=120)
        assert mort.returncode == -signal.SIGKILL
        assert Anonymisation.objects.get().finie_le is None
    [faite] = services.faire_ce_qui_est_du(le=le + timedelta(days=1))
    assert faite.comptes == {etape: nombre for etape, nombre in attendus.items() if nombre}
    assert faite.cle == ""
    assert dans_la_base() == {}
    apres = chiffres(scene, connecter)
    assert [ecart for nom in avant for ecart in ecarts(avant[nom], apres[nom])] == []


def _environnement() -> dict[str, str]:
    return environnement(DJANGO_SETTINGS_MODULE="passpro.settings", DOSSIER_DES_FICHIERS=settings.MEDIA_ROOT)


def test_l_historique_ne_perd_que_ce_qui_nomme_quelqu_un_et_par_ce_seul_chemin(legere, horloge):
    campagne = clore(legere, horloge)
    traces = Trace.objects.filter(objet_type="candidatures.candidature").order_by("pk")
    faits = list(traces.values_list("pk", "objet_id", "fait", "le", "apres__etat"))
    for interdit in (
        "UPDATE comptes_trace SET phrase = 'Autre'",
        "SET LOCAL passpro.anonymisation = 'on'; UPDATE comptes_trace SET phrase = 'Autre'",
        "SET LOCAL passpro.anonymisation = 'on'; UPDATE comptes_trace SET fait = 'autre'",
        "SET LOCAL passpro.anonymisation = 'on'; DELETE FROM comptes_trace",
    ):
        with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
            connection.cursor().execute(interdit)
    sceller(le=horloge.le)
    services.faire_ce_qui_est_du(le=echoir(campagne, horloge))
    verification = verifier(le=horloge.le)
    assert (verification.fautes, verification.sceaux) == ([], 2)
    assert list(traces.values_list("pk", "objet_id", "fait", "le", "apres__etat")) == faits
    assert set(traces.values_list("auteur_nom", "auteur")) == {("", None)}
    fin = Trace.objects.de(campagne).first()
    assert fin.fait == "anonymisation"
    assert "élève" in fin.phrase


def test_le_courtier_ne_porte_que_des_noms_de_taches():
    """Les messages confiés à Celery n'ont d'argument que le nom de leur file : il n'y a rien à y anonymiser."""
    app.loader.import_default_modules()
    passpro = [tache for nom, tache in app.tasks.items() if not nom.startswith("celery.")]
    assert passpro
    codes = [tache.run.__code__ for tache in passpro]
    assert {argument for code in codes for argument in code.co_varnames[: code.co_argcount]} <= {"file"}


def test_deux_ouvriers_a_la_fois_font_le_travail_d_un_seul(legere, horloge):
    """Un lot déjà fait par un autre est laissé : la table ne compte chaque ligne qu'une fois."""
    campagne = clore(legere, horloge)
    le = echoir(campagne, horloge)
    commencee = anonymisations._commencer(campagne, le)
    conservation = anonymisations.conservation_de(campagne)
    etape = anonymisations.ETAPES[0]
    lot = next(anonymisations._lots(etape, conservation, 0))
    assert anonymisations._faire_un_lot(commencee, etape, conservation, lot, le)
    assert not anonymisations._faire_un_lot(commencee, etape, conservation, lot, le)
    assert Anonymisation.objects.get().comptes == {etape.nom: len(lot)}
