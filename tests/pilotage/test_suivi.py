"""Le suivi de la campagne : la page, le fichier Excel et une requête à part disent les mêmes nombres (écran S2)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.urls import reverse
from python_calamine import CalamineWorkbook

from candidatures.models import Candidature
from candidatures.rules import Etat
from comptes.services import consigner
from pilotage.selectors.suivi import Champ
from pilotage.selectors.suivi.chiffres import croises
from pilotage.views.suivi import TABLEAUX
from tests.factories.bilan import petite_campagne
from tests.factories.candidatures import FormationDemandeeFactory
from tests.factories.referentiel import (
    AccueilFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    RattachementFactory,
)

SUIVI = reverse("pilotage:suivi")


@pytest.fixture
def saio(scene, connecter):
    return connecter(scene.saio.personne)


@pytest.fixture
def campagne(scene):
    """Au collège (94) : deux à planifier, une convoquée, deux réalisées dont une en retard ; à Melun (77) : une."""
    scene.melun = EtablissementFactory(departement="077", commune="Melun")
    scene.candidature()
    scene.candidature(Etat.PLANIFIEE)
    scene.candidature(Etat.CONVOQUEE)
    scene.avec_entretien(Etat.REALISEE, debut=scene.le - timedelta(days=1), presence="tenu")
    scene.en_retard()
    scene.candidature(Etat.DESISTEE)
    scene.candidature(Etat.ABSENTE, eleve=scene.eleve(etablissement=scene.melun))
    return scene


def nombres(page) -> dict[str, tuple[int, str]]:
    return {chiffre["libelle"]: (chiffre["nombre"], chiffre["detail"]) for chiffre in page.context["chiffres"]}


def classeur(client, code: str, **filtres: str) -> list[tuple]:
    reponse = client.get(reverse("pilotage:tableau", args=[code]), filtres)
    assert reponse.status_code == 200
    lignes = CalamineWorkbook.from_filelike(BytesIO(reponse.content)).get_sheet_by_index(0).to_python()
    return [tuple(_entier(case) for case in ligne) for ligne in lignes]


def _entier(case):
    """Un tableur n'a que des nombres à virgule."""
    return int(case) if isinstance(case, float) and case.is_integer() else case


def en_base(requete: str, *parametres) -> list[tuple]:
    with connection.cursor() as curseur:
        curseur.execute(requete, parametres)
        return curseur.fetchall()


def test_les_chiffres_cles_comptent_chaque_etape(campagne, saio):
    lus = nombres(saio.get(SUIVI))
    assert lus["élèves inscrits"][0] == 6
    assert lus["candidatures"][0] == 6
    assert lus["convocations envoyées"][0] == 4
    assert lus["entretiens réalisés"][0] == 2
    assert lus["comptes-rendus transmis"][0] == 0
    assert lus["absence"][0] == 1
    assert lus["désistement"][0] == 1


def test_les_departements_sont_les_memes_sur_la_page_dans_le_fichier_et_en_base(campagne, saio):
    tableau = saio.get(reverse("pilotage:suivi_departements")).context["tableau"]
    entetes, *rangees = classeur(saio, "departements")
    assert list(entetes) == list(tableau.colonnes)
    assert [list(rangee) for rangee in rangees] == [list(ligne) for ligne in tableau.lignes]
    comptes = en_base(
        """SELECT e.departement, count(DISTINCT c.eleve_id), count(*), count(*) FILTER (WHERE c.etat = 'rendue'),
                  count(*) FILTER (WHERE c.etat = 'seance_suivie'), count(*) FILTER (WHERE c.etat = 'realisee'),
                  count(*) FILTER (WHERE c.etat = 'convoquee'),
                  count(*) FILTER (WHERE c.etat IN ('inscrite', 'planifiee')),
                  count(*) FILTER (WHERE c.etat = 'absente')
           FROM candidatures_candidature c JOIN candidatures_eleve p ON p.id = c.eleve_id
           JOIN referentiel_etablissement e ON e.id = p.etablissement_id
           JOIN referentiel_domaine d ON d.id = c.domaine_id
           WHERE d.campagne_id = %s AND c.etat NOT IN ('brouillon', 'a_valider', 'desistee', 'annulee')
           GROUP BY 1 ORDER BY 1""",
        campagne.campagne.pk,
    )
    assert [ligne[1:] for ligne in comptes] == [tuple(rangee[1:]) for rangee in rangees[:-1]]
    assert [rangee[0] for rangee in rangees] == ["Seine-et-Marne (77)", "Val-de-Marne (94)", "Total"]
    assert rangees[-1][1:] == (6, 6, 0, 0, 2, 1, 2, 1)


def test_un_domaine_ne_pendant_la_lecture_ne_fait_pas_echouer_la_page(campagne):
    """Entre deux instructions d'une page, un autre a validé un domaine et son premier inscrit."""
    nes: list = []

    def naitre(executer, *demande):
        lu = executer(*demande)
        if not nes:
            nes.append(True)
            nes.append(campagne.candidature(accueil=AccueilFactory(domaine=DomaineFactory(campagne=campagne.campagne))))
        return lu

    champ = Champ(campagne.campagne, campagne.le)
    with connection.execute_wrapper(naitre):
        pendant = croises(champ)
    assert sum(ligne["nombre"] for ligne in pendant) + 1 == sum(ligne["nombre"] for ligne in croises(champ))


def test_un_jour_passe_se_lit_dans_l_historique(campagne, saio):
    """Convoquée il y a trois jours, réalisée hier : le suivi redit chaque étape à sa date."""
    candidature = Candidature.objects.filter(etat=Etat.REALISEE).order_by("pk").first()
    for jours, etat in ((3, Etat.CONVOQUEE), (1, Etat.REALISEE)):
        quand = campagne.le - timedelta(days=jours)
        consigner(objet=candidature, fait="essai", phrase="Essai.", par=None, le=quand, apres={"etat": etat.value})
    Candidature.objects.exclude(pk=candidature.pk).update(etat=Etat.DESISTEE)
    Candidature.objects.exclude(pk=candidature.pk).update(inscrite_le=campagne.le)

    def au(jours: int) -> dict[str, tuple[int, str]]:
        return nombres(saio.get(SUIVI, {"au": (campagne.le - timedelta(days=jours)).date().isoformat()}))

    assert [au(jours)["entretien réalisé" if jours == 0 else "entretiens réalisés"][0] for jours in (0, 2)] == [1, 0]
    assert [au(jours).get("convocation envoyée", (0,))[0] for jours in (2, 4)] == [1, 0]
    assert au(0)["entretien réalisé"] == (1, "+\xa01 depuis 7\xa0jours")


def test_les_filtres_restreignent_la_page_et_le_fichier(campagne, saio):
    autre = DomaineFactory(campagne=campagne.campagne, nom="Logistique")
    candidature = Candidature.objects.filter(etat=Etat.CONVOQUEE).get()
    for filtre, attendu in (
        ({"departement": "077"}, 1),
        ({"domaine": candidature.domaine.slug}, 1),
        ({"domaine": autre.slug}, 0),
        ({"departement": "invente", "type": "xyz", "au": "hier"}, 6),
    ):
        total = sum(rangee[1] for rangee in classeur(saio, "domaines", **filtre)[1:] if rangee[0] != "Total")
        assert total == attendu, filtre
    FormationFactory(domaine=candidature.domaine, type="2de_pro")
    formation = candidature.formations_demandees.get().formation
    type(formation).objects.filter(pk=formation.pk).update(type="2de_pro")
    assert [ligne[0] for ligne in classeur(saio, "domaines", type="2de_pro")[1:]] == [candidature.domaine.nom]


def test_le_type_choisi_retient_les_formations_pas_les_candidatures_entieres(scene):
    candidature = scene.candidature()
    autre = FormationFactory(domaine=candidature.domaine, type="2de_pro")
    FormationDemandeeFactory(candidature=candidature, formation=autre)
    lues = Champ(scene.campagne, scene.le, type="2de_pro").demandes()
    assert [demande.formation for demande in lues] == [autre]


def test_les_etablissements_se_trient_et_se_reduisent_a_ceux_qui_tardent(campagne, saio):
    arago = EtablissementFactory(lycee=True, nom="Lycée Arago")
    campagne.candidature(
        accueil=AccueilFactory(domaine=DomaineFactory(campagne=campagne.campagne), etablissement=arago)
    )
    ici = reverse("pilotage:suivi_etablissements")
    lignes = saio.get(ici).context["lignes"]
    assert [ligne["nom"] for ligne in lignes] == sorted(ligne["nom"] for ligne in lignes)
    assert {ligne["nom"]: ligne["en_retard"] for ligne in lignes}[campagne.lycee.nom_et_commune] == 1
    par_retard = saio.get(ici, {"tri": "-en_retard"}).context["lignes"]
    assert par_retard[0]["nom"] == campagne.lycee.nom_et_commune
    assert [ligne["uai"] for ligne in saio.get(ici, {"en_retard": "1"}).context["lignes"]] == [campagne.lycee.segment]
    origines = saio.get(ici, {"cote": "origine", "tri": "-eleves"}).context["lignes"]
    assert [(ligne["uai"], ligne["eleves"]) for ligne in origines] == [
        (campagne.college.segment, 6),
        (campagne.melun.segment, 1),
    ]


def test_chaque_tableau_sort_en_excel_sans_nom_d_eleve(scene, saio):
    petite = petite_campagne(scene)
    scene.en_retard()
    scene.candidature()
    eleves = {candidature.eleve.nom for candidature in petite.rendues}
    for code in TABLEAUX:
        rangees = classeur(saio, code)
        assert len(rangees) > 1, code
        assert not [case for rangee in rangees for case in rangee if any(nom in str(case) for nom in eleves)], code


def test_l_observation_ne_compte_que_ses_departements(campagne, connecter):
    petite_campagne(campagne)
    melun = connecter(RattachementFactory(observation=True, departement="077").personne)
    assert nombres(melun.get(SUIVI))["élèves inscrits"][0] == 3
    assert [rangee[0] for rangee in classeur(melun, "departements")[1:]] == ["Seine-et-Marne (77)"]
    assert {rangee[1] for rangee in classeur(melun, "avis-d-origine")[1:]} == {"77"}
    assert "Dernière connexion" not in classeur(melun, "accueils")[0]
    assert nombres(melun.get(SUIVI, {"departement": "094"}))["élèves inscrits"][0] == 3, "l'autre n'est pas proposé"
    page = melun.get(reverse("pilotage:suivi_avis")).content.decode()
    assert campagne.college.nom not in page


def test_avant_la_premiere_inscription_la_page_le_dit(scene, saio):
    for nom in ("suivi", "suivi_departements", "suivi_domaines", "suivi_bilan"):
        assert "La campagne n’a pas encore commencé." in saio.get(reverse(f"pilotage:{nom}")).content.decode(), nom
    assert "Aucun avis n’est encore donné." in saio.get(reverse("pilotage:suivi_avis")).content.decode()


def test_un_tableau_inconnu_n_existe_pas(scene, saio):
    assert saio.get(reverse("pilotage:tableau", args=["palmares"])).status_code == 404
