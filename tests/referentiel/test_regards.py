"""Le SAIO lit l'espace d'un établissement : avec un motif, pour trente minutes, sans rien pouvoir écrire (T8)."""

import importlib
import inspect
from dataclasses import fields
from datetime import timedelta

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from comptes.models import Trace
from referentiel.models import Academie, Rattachement
from referentiel.permissions import Cote, Place
from referentiel.regards import DUREE
from referentiel.rules.noms import depuis
from referentiel.rules.refus import Refus
from referentiel.services import ouvrir_un_regard
from tests.architecture.acces import TABLE, Lieux
from tests.architecture.test_acces import ecritures_relevees, hors_du_journal, sans_suite
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.referentiel import EtablissementFactory
from tests.referentiel.test_detours import envois_de, texte_de

MOTIF = "Le collège ne trouve pas ses convocations."
LECTURES = {
    "peut_lire_le_planning",
    "peut_lire_les_convocations",
    "peut_lire_les_comptes_rendus",
    "peut_lire_les_classes",
    "peut_lire_les_fiches",
}
TRENTE = DUREE


@pytest.fixture
def horloge(monkeypatch):
    """Une horloge que le test avance."""
    heure = {"le": MAINTENANT}
    monkeypatch.setattr(timezone, "now", lambda: heure["le"])
    return heure


@pytest.fixture
def scene(db, horloge) -> Scene:
    return Scene()


@pytest.fixture
def saio(scene, connecter):
    return connecter(scene.saio.personne)


def regarder(client, etablissement, cote: str = "origine", **autres):
    donnees = {"etablissement": etablissement.uai, "motif": MOTIF, "cote": cote, **autres}
    return client.post(reverse("referentiel:voir_un_espace"), donnees)


def a_faire(scene, cote: str = "origine") -> str:
    etablissement = scene.college if cote == "origine" else scene.lycee
    return reverse(f"pilotage:a_faire_{cote}", args=[etablissement.segment])


# Ouvrir et fermer -----------------------------------------------------------------------------------------------


def test_sans_regard_l_espace_n_existe_pas_pour_le_saio(scene, saio):
    assert saio.get(a_faire(scene)).status_code == 404


def test_un_regard_ouvre_l_espace_et_laisse_une_trace_sur_l_etablissement(scene, saio):
    reponse = regarder(saio, scene.college)
    assert reponse.url == a_faire(scene)
    assert saio.get(reponse.url).status_code == 200
    trace = Trace.objects.de(scene.college).get()
    assert (trace.fait, trace.auteur) == ("consultation", scene.saio.personne)
    assert MOTIF in trace.phrase
    assert "10\u00a0h\u00a030" in trace.phrase
    assert trace.apres["jusqu_a"] == (MAINTENANT + TRENTE).isoformat()


def test_un_regard_finit_a_son_heure(scene, saio, horloge):
    regarder(saio, scene.college)
    horloge["le"] = MAINTENANT + TRENTE - timedelta(microseconds=1)
    assert saio.get(a_faire(scene)).status_code == 200
    horloge["le"] = MAINTENANT + TRENTE
    assert saio.get(a_faire(scene)).status_code == 404


def test_on_quitte_un_regard_avant_son_heure(scene, saio):
    regarder(saio, scene.college)
    saio.post(reverse("referentiel:quitter_le_regard"))
    assert saio.get(a_faire(scene)).status_code == 404


@pytest.mark.parametrize("motif", ["", "   "])
def test_sans_motif_rien_ne_s_ouvre_et_la_recherche_reste(scene, saio, motif):
    reponse = regarder(saio, scene.college, motif=motif, q=scene.college.nom)
    assert reponse.status_code == 200
    assert "Dites pourquoi vous consultez cet espace" in texte_de(reponse)
    assert scene.college.uai in texte_de(reponse)
    assert saio.get(a_faire(scene)).status_code == 404
    assert not Trace.objects.de(scene.college).exists()


def test_le_service_refuse_un_motif_vide_ou_trop_long(scene):
    for motif in (" ", "x" * 201):
        with pytest.raises(Refus):
            ouvrir_un_regard(
                etablissement=scene.college, motif=motif, duree=DUREE, par=scene.saio.personne, le=MAINTENANT
            )


def test_sans_etablissement_choisi_la_page_le_dit(scene, saio):
    reponse = saio.post(reverse("referentiel:voir_un_espace"), {"motif": MOTIF})
    assert "Choisissez un établissement." in texte_de(reponse)


def test_un_regard_n_ouvre_que_cet_etablissement(scene, saio):
    regarder(saio, scene.college)
    assert saio.get(reverse("pilotage:a_faire_accueil", args=[scene.lycee.segment])).status_code == 404
    assert saio.get(reverse("pilotage:a_faire_origine", args=[scene.lycee.segment])).status_code == 404


def test_un_second_regard_ferme_le_premier(scene, saio):
    regarder(saio, scene.college)
    regarder(saio, scene.lycee, "accueil")
    assert saio.get(a_faire(scene)).status_code == 404
    assert saio.get(a_faire(scene, "accueil")).status_code == 200


def test_un_etablissement_d_une_autre_academie_ne_se_regarde_pas(scene, saio):
    ailleurs = EtablissementFactory(academie=Academie.objects.create(code="paris-r", nom="Paris R"))
    assert regarder(saio, ailleurs).status_code == 404


def test_qui_perd_sa_place_au_saio_perd_son_regard(scene, saio):
    regarder(saio, scene.college)
    Rattachement.objects.filter(personne=scene.saio.personne).delete()
    assert saio.get(a_faire(scene)).status_code == 404


@pytest.mark.parametrize(("qui", "statut"), [("observateur", 403), ("chef_origine", 404), ("chef_accueil", 404)])
def test_hors_du_saio_on_ne_regarde_rien(scene, connecter, qui, statut):
    client = connecter(getattr(scene, qui).personne)
    assert regarder(client, scene.autre_origine.etablissement).status_code == statut
    assert client.get(reverse("referentiel:voir_un_espace")).status_code == statut


# Lire sans écrire -----------------------------------------------------------------------------------------------


def adresses(scene: Scene) -> list[tuple[str, str]]:
    """Chaque page des deux espaces, avec ses objets."""
    lieux, trouvees = Lieux(scene), []
    for page in TABLE:
        if "uai" in page.arguments:
            try:
                trouvees.append((page.nom, reverse(page.nom, kwargs=lieux.arguments(page))))
            except (NoReverseMatch, KeyError):
                continue
    assert len(trouvees) > 40
    return trouvees


@pytest.mark.parametrize("cote", ["origine", "accueil"])
def test_toutes_les_pages_se_lisent_ou_se_refusent_et_aucun_envoi_n_ecrit(scene, saio, cote):
    etablissement = scene.college if cote == "origine" else scene.lycee
    pages = [(nom, adresse) for nom, adresse in adresses(scene) if adresse.startswith(f"/{cote}/")]
    regarder(saio, etablissement, cote)
    ecarts, lues = [], 0
    for nom, adresse in pages:
        with sans_suite(), ecritures_relevees() as ecrites:
            lecture = saio.get(adresse)
        lues += lecture.status_code == 200
        if lecture.status_code not in {200, 302, 403, 404, 405} or hors_du_journal(nom, ecrites):
            ecarts.append(f"lecture de {nom} : {lecture.status_code}, écrit {ecrites}")
        if lecture.status_code == 200:
            ecarts += [f"{nom} offre {formulaire[:150]}" for formulaire in offres_de(texte_de(lecture))]
        with sans_suite(), ecritures_relevees() as ecrites:
            envoi = saio.post(adresse, {"commentaire": "Un texte tapé", "texte": "Un texte tapé"})
        if envoi.status_code not in {403, 404, 405} or ecrites:
            ecarts.append(f"envoi à {nom} : {envoi.status_code}, écrit {ecrites}")
    assert not ecarts, "\n".join(ecarts)
    assert lues >= 8


def offres_de(texte: str) -> list[str]:
    quitter = reverse("referentiel:quitter_le_regard")
    return [formulaire for formulaire in envois_de(texte) if quitter not in formulaire]


def test_un_regard_lit_le_planning_et_n_emporte_rien(scene, saio):
    regarder(saio, scene.lycee, "accueil")
    pages = {nom: adresse for nom, adresse in adresses(scene) if adresse.startswith("/accueil/")}
    assert saio.get(pages["entretiens:planning_jour"]).status_code == 200
    emportees = [f"entretiens:{nom}" for nom in ("agenda", "feuilles_pdf", "emargement_du_jour", "emargement")]
    assert [saio.get(pages[nom]).status_code for nom in emportees] == [403] * 4
    assert "Agenda (.ics)" not in saio.get(pages["entretiens:planning_jour"]).content.decode()


def test_un_envoi_rend_ce_qui_etait_tape(scene, saio):
    regarder(saio, scene.college)
    reponse = saio.post(a_faire(scene), {"commentaire": "Un long commentaire"})
    assert reponse.status_code in {403, 405}
    page = reverse("candidatures:avis", args=[scene.college.segment])
    reponse = saio.post(page, {"commentaire": "Un long commentaire"})
    assert (reponse.status_code, "Un long commentaire" in texte_de(reponse)) == (403, True)


def test_les_pages_principales_se_lisent(scene, saio):
    scene.candidature()
    regarder(saio, scene.college)
    for nom in ("pilotage:eleves", "candidatures:avis", "entretiens:convocations", "avis:fiches"):
        assert saio.get(reverse(nom, args=[scene.college.segment])).status_code == 200, nom
    regarder(saio, scene.lycee, "accueil")
    for nom in ("pilotage:candidats", "entretiens:planning", "entretiens:envois", "entretiens:presences"):
        assert saio.get(reverse(nom, args=[scene.lycee.segment])).status_code == 200, nom
    assert saio.get(reverse("avis:comptes_rendus", args=[scene.lycee.segment])).status_code == 200


def test_le_saio_voit_les_taches_de_tout_l_etablissement(scene, saio, connecter):
    scene.tout()
    for cote, chef, etablissement in (
        ("origine", scene.chef_origine, scene.college),
        ("accueil", scene.chef_accueil, scene.lycee),
    ):
        regarder(saio, etablissement, cote)
        siennes = connecter(chef.personne).get(a_faire(scene, cote)).context["taches"]
        assert siennes
        assert [t["libelle"] for t in saio.get(a_faire(scene, cote)).context["taches"]] == [
            t["libelle"] for t in siennes
        ]


def test_l_ine_ne_se_lit_nulle_part(scene, saio, connecter):
    eleve = scene.candidature(eleve=scene.eleve(ine="123456789AB")).eleve
    page = reverse("pilotage:eleve", args=[scene.college.segment, eleve.code])
    assert eleve.ine_masque in texte_de(connecter(scene.chef_origine.personne).get(page))
    regarder(saio, scene.college)
    texte = texte_de(saio.get(page))
    assert "DIALLO" in texte
    assert eleve.ine_masque not in texte
    assert ">INE<" not in texte
    assert saio.get(reverse("candidatures:eleve_modifier", args=[scene.college.segment, eleve.code])).status_code == 403


def test_le_bandeau_dit_ou_l_on_est_et_jusqu_a_quand(scene, saio):
    regarder(saio, scene.college)
    texte = texte_de(saio.get(a_faire(scene)))
    assert f"Lecture seule – espace {depuis(scene.college.nom)}, jusqu’à 10\u00a0h\u00a030." in texte
    assert reverse("referentiel:quitter_le_regard") in texte
    assert "Quitter" in texte
    formulaire = texte.split(f'action="{reverse("referentiel:quitter_le_regard")}"')[1].split("</form>")[0]
    assert "csrfmiddlewaretoken" in formulaire


# Un jour répété -------------------------------------------------------------------------------------------------


def test_un_regard_vaut_aussi_un_jour_repete(scene, saio):
    """Le SAIO voit ce que le collège verra ce jour-là ; l'autorisation, elle, suit la vraie heure."""
    reponse = regarder(saio, scene.college, jour="2027-05-03")
    assert reponse.url == f"/repetition/2027-05-03{a_faire(scene)}"
    texte = texte_de(saio.get(reponse.url))
    assert "Vous répétez la journée du lundi 3\u00a0mai 2027" in texte
    assert "Lecture seule – espace du collège" in texte
    assert f'action="{reverse("referentiel:quitter_le_regard")}"' in texte
    quitte = saio.post(reverse("referentiel:quitter_le_regard"), {"jour": "2027-05-03"})
    assert quitte.url == f"/repetition/2027-05-03{reverse('referentiel:voir_un_espace')}"


def test_la_recherche_d_un_jour_repete_envoie_hors_du_detour(scene, saio):
    page = f"/repetition/2027-05-03{reverse('referentiel:voir_un_espace')}?q={scene.college.uai}"
    texte = texte_de(saio.get(page))
    assert f'action="{reverse("referentiel:voir_un_espace")}"' in texte
    assert 'name="jour" value="2027-05-03"' in texte


def test_un_jour_qui_n_existe_pas_ramene_a_aujourd_hui(scene, saio):
    assert regarder(saio, scene.college, jour="2027-02-31").url == a_faire(scene)


# Les permissions ------------------------------------------------------------------------------------------------


def la_place(scene: Scene, cote: Cote) -> Place:
    return Place(
        role=Rattachement.Role.OBSERVATEUR,
        libelle="Lecture seule",
        etablissement=scene.college,
        academie=scene.college.academie,
        departement="",
        origine=cote is Cote.ORIGINE,
        accueil=cote is Cote.ACCUEIL,
        saisit_les_avis=False,
        valide_les_comptes_rendus=False,
        lecture_seule=True,
    )


def permissions() -> dict[str, object]:
    """Toutes les questions `peut_…` que la maison pose d'une place."""
    trouvees = {}
    for application in ("referentiel", "candidatures", "entretiens", "avis"):
        module = importlib.import_module(f"{application}.permissions")
        for nom, fonction in inspect.getmembers(module, inspect.isfunction):
            parametres = list(inspect.signature(fonction).parameters.values())
            if nom.startswith("peut_") and len(parametres) == 1 and parametres[0].annotation is Place:
                trouvees[nom] = fonction
    assert len(trouvees) > 8
    return trouvees


@pytest.mark.parametrize("cote", list(Cote))
def test_aucune_permission_d_ecrire_n_est_donnee_a_un_regard(scene, cote):
    place = la_place(scene, cote)
    accordees = {nom for nom, permission in permissions().items() if permission(place)}
    assert accordees <= LECTURES
    assert accordees


def test_une_place_ordinaire_n_est_pas_en_lecture_seule(scene):
    [champ] = [champ for champ in fields(Place) if champ.name == "lecture_seule"]
    assert champ.default is False


def test_une_page_de_saisie_ouverte_pendant_un_regard_dit_la_lecture_seule(scene, saio):
    regarder(saio, scene.college)
    page = saio.get(reverse("candidatures:eleve_ajouter", args=[scene.college.segment]))
    assert page.status_code == 403
    assert "Consultation seule" in page.content.decode()
