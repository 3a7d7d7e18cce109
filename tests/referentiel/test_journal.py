"""Le journal de sécurité que lit le SAIO, et ce qu'une lecture y inscrit (R37, R40)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from comptes.models import Evenement
from comptes.preuve import PREUVE
from comptes.services.journal import Nature, empreinte_de_l_identifiant, journaliser
from referentiel.models import Academie
from referentiel.services import ouvrir_un_regard
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.referentiel import CampagneFactory, EtablissementFactory, PersonneFactory, RattachementFactory

JOURNAL = reverse("referentiel:journal")


@pytest.fixture
def horloge(monkeypatch):
    heure = {"le": MAINTENANT}
    monkeypatch.setattr(timezone, "now", lambda: heure["le"])
    return heure


@pytest.fixture
def scene(db, horloge) -> Scene:
    return Scene()


@pytest.fixture
def saio(scene, connecter):
    client = connecter(scene.saio.personne)
    vider()
    return client


def vider() -> None:
    """Ce que la mise en scène a inscrit ne compte pas : les tests lisent ce qui vient après."""
    vider.depuis = Evenement.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def inscrits(*natures: Nature) -> list[Evenement]:
    depuis = Evenement.objects.filter(pk__gt=vider.depuis).order_by("pk")
    return list(depuis.filter(nature__in=natures) if natures else depuis)


def phrases(page) -> list[str]:
    return [ligne["phrase"] for ligne in page.context["lignes"]]


def test_ouvrir_un_dossier_s_inscrit_une_fois_par_heure_et_ne_nomme_pas_l_eleve(scene, connecter, horloge):
    eleve = scene.candidature().eleve
    client = connecter(scene.gestionnaire_origine.personne)
    vider()
    adresse = reverse("pilotage:eleve", args=[scene.college.segment, eleve.code])
    client.head(adresse)
    assert not inscrits()
    for _ in range(3):
        assert client.get(adresse).status_code == 200
    horloge["le"] = MAINTENANT + timedelta(hours=1)
    client.get(adresse)
    lus = inscrits()
    assert [(lu.nature, lu.personne, lu.uai, lu.objet_id) for lu in lus] == [
        (Nature.DOSSIER, scene.gestionnaire_origine.personne, scene.college.uai, eleve.pk)
    ] * 2
    assert eleve.nom not in str([lu.__dict__ for lu in lus])


def test_un_refus_n_inscrit_aucune_lecture(scene, connecter):
    candidature = scene.candidature()
    client = connecter(scene.autre_origine.personne)
    vider()
    client.get(reverse("pilotage:eleve", args=[scene.college.segment, candidature.eleve.code]))
    client.get(reverse("pilotage:eleve", args=[scene.autre_origine.etablissement.segment, candidature.eleve.code]))
    assert not inscrits()


def test_un_document_emporte_s_inscrit_chaque_fois_avec_son_eleve(scene, connecter):
    convocation = scene.convoquee().convocations.get()
    client = connecter(scene.chef_origine.personne)
    vider()
    adresse = reverse("entretiens:convocation_ics", args=[scene.college.segment, convocation.code])
    for _ in range(2):
        assert client.get(adresse).status_code == 200
    emportes = inscrits()
    assert [emporte.phrase for emporte in emportes] == ["Document emporté\u00a0: Convocation, pour un agenda."] * 2
    assert emportes[0].objet_id == convocation.entretien.candidature.eleve_id


def test_un_regard_une_liste_de_noms_et_un_export_s_inscrivent(scene, saio, connecter):
    scene.candidature()
    ouvrir_un_regard(
        etablissement=scene.college,
        motif="Il appelle.",
        duree=timedelta(minutes=30),
        par=scene.saio.personne,
        le=MAINTENANT,
    )
    noms = {"cote": "accueil", "uai": scene.lycee.segment, "liste": "inscrits"}
    saio.post(reverse("avis:noms", kwargs=noms))
    adresse = reverse("referentiel:exports_origine", args=[scene.college.segment])
    chef = connecter(scene.chef_origine.personne)
    [export, *_] = chef.get(adresse).context["exports"]
    chef.post(adresse, {"export": export.nature})
    faits = inscrits(Nature.REGARD, Nature.NOMS, Nature.EXPORT)
    assert [(fait.nature, fait.uai) for fait in faits] == [
        (Nature.REGARD, scene.college.uai),
        (Nature.NOMS, scene.lycee.uai),
        (Nature.EXPORT, scene.college.uai),
    ]


def test_le_saio_lit_son_academie_et_rien_d_une_autre(scene, saio):
    ailleurs = Academie.objects.create(code="ailleurs", nom="Ailleurs", departements=["078"])
    CampagneFactory(academie=ailleurs)
    loin = EtablissementFactory(academie=ailleurs, uai="0780001V")
    la_bas = RattachementFactory(etablissement=loin).personne
    journaliser(nature=Nature.EXPORT, phrase="Fait ici.", le=MAINTENANT, uai=scene.college.uai, par=la_bas)
    journaliser(nature=Nature.EXPORT, phrase="Fait ailleurs.", le=MAINTENANT, uai=loin.uai)
    journaliser(nature=Nature.CONNEXION, phrase="D'une personne d'ici.", le=MAINTENANT, par=scene.chef_origine.personne)
    journaliser(nature=Nature.CONNEXION, phrase="D'une personne d'ailleurs.", le=MAINTENANT, par=la_bas)
    journaliser(nature=Nature.CONNEXION_REFUSEE, phrase="De personne.", le=MAINTENANT)
    journaliser(nature=Nature.COMPTE, phrase="Compte d'ailleurs.", le=MAINTENANT, objet=la_bas)
    journaliser(nature=Nature.COMPTE, phrase="Compte d'ici.", le=MAINTENANT, objet=scene.chef_accueil.personne)
    lues = phrases(saio.get(JOURNAL))
    assert {"Fait ici.", "D'une personne d'ici.", "De personne.", "Compte d'ici."} <= set(lues)
    assert not {"Fait ailleurs.", "D'une personne d'ailleurs.", "Compte d'ailleurs."} & set(lues)


def test_une_place_de_l_academie_se_lit_chez_elle_et_nulle_part_ailleurs(scene, saio):
    """Donnée ou retirée : qui a aussi une place ici n'y montre pas celle qu'il a ailleurs (R37)."""
    ailleurs = Academie.objects.create(code="ailleurs", nom="Ailleurs", departements=["078"])
    RattachementFactory(saio=True, personne=scene.chef_origine.personne, academie=ailleurs)
    partie = RattachementFactory(saio=True, academie=scene.saio.academie)
    partie.delete()
    lues = [phrase for phrase in phrases(saio.get(JOURNAL)) if phrase.startswith("Place")]
    assert not [phrase for phrase in lues if str(ailleurs) in phrase]
    assert [phrase.partition("\u00a0")[0] for phrase in lues if str(partie.personne) in phrase] == [
        "Place retirée",
        "Place donnée",
    ]


def test_les_filtres_trouvent_une_personne_un_lieu_un_jour_un_dossier(scene, saio):
    personne = scene.chef_origine.personne
    eleve = scene.candidature().eleve
    refus = {"identifiant": empreinte_de_l_identifiant(personne.courriel.upper())}
    journaliser(nature=Nature.CONNEXION_REFUSEE, phrase="Refusée.", le=MAINTENANT, details=refus)
    journaliser(nature=Nature.EXPORT, phrase="Emporté.", le=MAINTENANT, par=personne, uai=scene.college.uai)
    journaliser(
        nature=Nature.DOSSIER, phrase="Lu.", le=MAINTENANT - timedelta(days=4), uai=scene.lycee.uai, objet=eleve
    )
    dossier = f"Lu. Dossier n°\u00a0{eleve.pk}."
    for filtre, attendues in (
        ({"personne": personne.courriel}, {"Refusée.", "Emporté."}),
        ({"nature": "export"}, {"Emporté."}),
        ({"etablissement": scene.lycee.uai}, {dossier}),
        ({"au": "2027-03-12"}, {dossier}),
        ({"dossier": eleve.pk}, {dossier}),
    ):
        lues = set(phrases(saio.get(JOURNAL, filtre)))
        assert lues & {"Refusée.", "Emporté.", dossier} == attendues, filtre
    mauvais = saio.get(JOURNAL, {"dossier": "9" * 400, "du": "hier", "nature": "autre", "page": "x"})
    assert mauvais.status_code == 200


def test_emporter_le_journal_s_inscrit_au_journal(scene, saio):
    journaliser(nature=Nature.EXPORT, phrase="=1+1", le=MAINTENANT, uai=scene.college.uai)
    reponse = saio.get(reverse("referentiel:journal_xlsx"), {"nature": "export"})
    lignes = CalamineWorkbook.from_filelike(BytesIO(reponse.content)).get_sheet_by_index(0).to_python()
    assert lignes[0][:4] == ["Date", "Personne", "Événement", "Ce qui s’est passé"]
    assert [ligne[3] for ligne in lignes[1:]] == ["=1+1"]
    assert inscrits()[-1].phrase == "Document emporté\u00a0: Journal de sécurité."
    assert inscrits()[-1].personne == scene.saio.personne


def test_emporter_le_journal_ou_lire_des_noms_demande_une_preuve_recente(scene, saio):
    session = saio.session
    session[PREUVE] -= 3600
    session.save()
    noms = reverse("avis:noms", args=["origine", scene.college.segment, "inscrits"])
    for adresse in (reverse("referentiel:journal_xlsx"), noms):
        assert saio.get(adresse).url.startswith(reverse("comptes:preuve"))
    assert "preuve_secret" in saio.post(noms).content.decode()
    assert not inscrits(Nature.TELECHARGEMENT, Nature.NOMS)


def test_le_journal_se_lit_en_peu_de_requetes(scene, saio, django_assert_max_num_queries):
    for rang in range(30):
        lieu = EtablissementFactory()
        journaliser(nature=Nature.EXPORT, phrase=f"{rang}.", le=MAINTENANT, par=PersonneFactory(), uai=lieu.uai)
    with django_assert_max_num_queries(12):
        assert len(saio.get(JOURNAL).context["lignes"]) >= 30


def test_le_chef_lit_qui_a_consulte_un_dossier_et_le_gestionnaire_non(scene, connecter):
    candidature = scene.candidature()
    eleve = candidature.eleve
    lycee = connecter(scene.chef_accueil.personne)
    lycee.get(reverse("pilotage:candidature_accueil", args=[scene.lycee.segment, candidature.code]))
    adresse = reverse("pilotage:historique_de_l_eleve", args=[scene.college.segment, eleve.code])
    du_chef = connecter(scene.chef_origine.personne).get(adresse)
    [lue] = du_chef.context["consultations"]
    assert lue["auteur"] == f"– {scene.chef_accueil.personne}, {scene.lycee.nom_et_commune}"
    du_gestionnaire = connecter(scene.gestionnaire_origine.personne).get(adresse)
    assert "Qui a consulté ce dossier" not in du_gestionnaire.content.decode()
