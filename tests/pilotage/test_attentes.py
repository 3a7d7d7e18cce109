"""Tout inscrit doit être convoqué : qui attend, les places qui manquent, des nombres égaux à leurs listes (R26)."""

import re

from django.urls import reverse

from candidatures.models import Candidature
from entretiens.rules.series import Poste
from pilotage.selectors.attentes import (
    accueils_sans_creneau,
    attendent_sans_creneau,
    attentes_par_accueil,
    attentes_par_domaine,
    sans_place,
)
from pilotage.selectors.candidats import compter_par_etat, domaines_recus
from pilotage.selectors.suivi import Champ
from pilotage.selectors.suivi.etablissements import accueils_suivis
from referentiel.models import Accueil, Etablissement
from referentiel.rules.jeu import Modalite
from tests.factories.entretiens import ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, DomaineFactory, EtablissementFactory, RattachementFactory
from tests.pilotage.test_a_faire import requetes


def toutes(scene):
    return Candidature.objects.filter(domaine__campagne=scene.campagne)


def test_les_places_a_creer_se_comptent_par_domaine_et_par_modalite(scene):
    individuel, collectif = scene.accueil(), scene.accueil(modalite=Modalite.COLLECTIF)
    for accueil, nombre in ((individuel, 5), (collectif, 4)):
        for _ in range(nombre):
            scene.candidature(accueil=accueil)
    assert len(ouvrir(individuel, le=scene.le)) == 3
    ouvrir(collectif, collective=True, capacite=3, le=scene.le, postes=(Poste(None, "gymnase", "gymnase"),))
    attentes = {a.domaine: a for a in attentes_par_domaine(scene.campagne, scene.lycee.pk, scene.le)}
    assert (attentes[individuel.domaine.nom].places, attentes[individuel.domaine.nom].manque) == (3, 2)
    assert (attentes[collectif.domaine.nom].places, attentes[collectif.domaine.nom].manque) == (3, 1)
    assert sans_place(toutes(scene), scene.le).count() == 3
    [lycee] = attentes_par_accueil(toutes(scene), scene.le)
    assert (lycee.attendent, lycee.manque, lycee.est_sans_creneau) == (9, 3, False)


def test_une_place_prise_ou_passee_ne_compte_plus(scene):
    accueil = scene.accueil()
    premiere, seconde = scene.candidature(accueil=accueil), scene.candidature(accueil=accueil)
    creneau = ouvrir_un_creneau(accueil, le=scene.le)
    assert sans_place(toutes(scene), scene.le).get() == seconde
    placer(premiere, creneau, le=scene.le)
    assert sans_place(toutes(scene), scene.le).get() == seconde
    assert accueils_sans_creneau(toutes(scene), scene.le).get() == accueil.etablissement
    assert attendent_sans_creneau(toutes(scene), scene.le).get() == seconde
    [attente] = attentes_par_accueil(toutes(scene), scene.le)
    assert (attente.attendent, attente.reserves, attente.sans_convocation) == (1, 1, 2)
    apres = creneau.periode.upper
    assert attentes_par_domaine(scene.campagne, scene.lycee.pk, apres)[0].places == 0


def test_le_suivi_et_les_candidats_comptent_les_memes_places(scene):
    """Sans celles d'une modalité que l'établissement n'offre plus."""
    individuel, collectif = scene.accueil(), scene.accueil()
    for accueil in (individuel, collectif):
        scene.candidature(accueil=accueil)
    ouvrir(individuel, le=scene.le)
    ouvrir_un_creneau(collectif, heure=11, le=scene.le)
    Accueil.objects.filter(pk=collectif.pk).update(modalite=Modalite.COLLECTIF)
    [attente] = attentes_par_accueil(toutes(scene), scene.le)
    [suivi] = accueils_suivis(Champ(scene.campagne, scene.le))
    adressees = Candidature.objects.de_l_accueil(scene.campagne, scene.lycee.pk)
    recus = domaines_recus(scene.campagne, scene.lycee.pk, scene.le, compter_par_etat(adressees))
    assert suivi["places"] == attente.places == sum(recu.places_libres for recu in recus) == 3


def test_a_faire_dit_ce_qui_attend_par_domaine_et_ce_qui_manque(scene, connecter):
    accueil = scene.accueil()
    for _ in range(2):
        scene.candidature(accueil=accueil)
    adresse = reverse("pilotage:a_faire_accueil", args=[scene.lycee.segment])
    page = connecter(scene.chef_accueil.personne).get(adresse).content.decode()
    assert f"{accueil.domaine.nom}\xa0: 2. Plus ancienne inscription\xa0:" in page
    assert "Il manque 2 places pour convoquer tous les inscrits." in page


def test_le_saio_trie_les_etablissements_et_filtre_ceux_sans_creneau(scene, connecter):
    domaine = DomaineFactory(campagne=scene.campagne)
    petit = AccueilFactory(domaine=domaine, etablissement=EtablissementFactory(lycee=True, nom="Lycée Alpha"))
    grand = AccueilFactory(domaine=domaine, etablissement=EtablissementFactory(lycee=True, nom="Lycée Zola"))
    scene.candidature(accueil=petit)
    for _ in range(2):
        scene.candidature(accueil=grand)
    ouvrir_un_creneau(petit, le=scene.le)
    client, adresse = connecter(scene.saio.personne), reverse("pilotage:attentes")

    def noms(**filtres) -> list[str]:
        page = client.get(adresse, filtres).content.decode()
        return re.findall(r'<th scope="row" role="rowheader">(Lycée \w+)', page)

    assert noms() == ["Lycée Zola", "Lycée Alpha"]
    assert noms(tri="-attendent") == noms(tri="etablissement") == ["Lycée Alpha", "Lycée Zola"]
    assert noms(etat="sans-creneau") == noms(etat="places-a-creer") == ["Lycée Zola"]
    assert noms(tri="inconnu", etat="inconnu", page="x") == ["Lycée Zola", "Lycée Alpha"]
    page = client.get(adresse).content.decode()
    assert "3 élèves à planifier, 2 places à créer." in " ".join(page.split())
    assert "il reste 9\xa0jours" in page
    assert requetes(client, adresse) <= 12


def test_l_observation_compte_ici_comme_au_suivi_les_eleves_de_ses_departements(scene, connecter):
    """Le lycée est d'un autre département que l'élève : c'est celui de l'élève qui compte, et la page le dit."""
    scene.candidature()
    Etablissement.objects.filter(pk=scene.lycee.pk).update(departement="077")
    ici = connecter(RattachementFactory(observation=True, departement=scene.college.departement).personne)
    la_bas = connecter(RattachementFactory(observation=True, departement="077").personne)
    page = ici.get(reverse("pilotage:attentes")).content.decode()
    assert scene.lycee.nom in page
    assert "Élèves scolarisés dans votre département" in page
    assert scene.lycee.nom not in la_bas.get(reverse("pilotage:attentes")).content.decode()
