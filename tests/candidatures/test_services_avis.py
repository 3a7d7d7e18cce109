"""Saisir l'avis et le commentaire d'origine (R16, R42)."""

from datetime import datetime, timedelta

import pytest

from candidatures.horaires import EntretienFixe
from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import SaisieAvis, saisir_l_avis, saisir_les_avis
from comptes.models import Trace
from referentiel.models import Campagne, Periode
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import PARIS
from referentiel.rules.refus import Conflit, PeriodeClose, Refus
from tests.factories.inscriptions import APRES_LES_INSCRIPTIONS, COMMENTAIRE

pytestmark = pytest.mark.django_db
APRES_LES_ENTRETIENS = datetime(2027, 5, 19, 9, 0, tzinfo=PARIS)
APRES_LA_VISUALISATION = datetime(2027, 5, 26, 9, 0, tzinfo=PARIS)


@pytest.fixture
def demande(monde) -> FormationDemandee:
    return monde.inscrit().formations_maintenues[0]


def saisir(monde, demande, avis="favorable", commentaire=COMMENTAIRE, version=0, par=None):
    return saisir_l_avis(
        formation_demandee=demande,
        avis=avis,
        commentaire=commentaire,
        version=version,
        par=par or monde.chef,
        le=monde.le,
    )


def test_un_avis_porte_son_auteur_sa_date_et_sa_version(monde, demande):
    ligne = saisir(monde, demande)
    assert (ligne.avis, ligne.commentaire, ligne.version) == ("favorable", COMMENTAIRE, 1)
    assert (ligne.avis_par, ligne.avis_le) == (monde.chef, monde.le)
    trace = Trace.objects.de(demande.candidature).first()
    assert trace.avant == {"avis": "", "commentaire": ""}
    assert trace.apres == {"avis": "favorable", "commentaire": COMMENTAIRE}


def test_un_avis_tient_en_quatre_requetes(monde, demande, django_assert_max_num_queries):
    with django_assert_max_num_queries(4 + 2):  # les deux points de reprise de la transaction du test
        saisir(monde, demande)


@pytest.mark.parametrize(("avis", "commentaire"), [("favorable", ""), ("", COMMENTAIRE)])
def test_un_avis_partiel_se_garde_incomplet(monde, demande, avis, commentaire):
    assert not saisir(monde, demande, avis, commentaire).avis_complet
    assert FormationDemandee.objects.sans_avis_complet().get() == demande


@pytest.mark.parametrize(
    ("avis", "commentaire", "phrase"),
    [
        ("favorable", "Bien", "au moins 10"),
        ("favorable", "x" * 601, "600 au plus"),
        ("ne_se_prononce_pas", COMMENTAIRE, "échelle de la campagne"),
        ("n'importe quoi", COMMENTAIRE, "échelle de la campagne"),
    ],
)
def test_un_avis_faux_est_refuse(monde, demande, avis, commentaire, phrase):
    with pytest.raises(Refus, match=phrase):
        saisir(monde, demande, avis, commentaire)


def test_une_fin_de_ligne_compte_pour_un_caractere(monde, demande):
    assert saisir(monde, demande, commentaire="x" * 299 + "\r\n" + "x" * 300).commentaire.count("\n") == 1


def test_une_version_perimee_montre_celle_de_l_autre_sans_rien_perdre(monde, demande):
    saisir(monde, demande)
    with pytest.raises(Conflit) as conflit:
        saisir(monde, demande, "reserve", "Une tout autre appréciation.", version=0, par=monde.gestionnaire)
    assert str(conflit.value) == f"{monde.chef} a modifié cette ligne à 10\u00a0h\u00a000."
    assert conflit.value.actuel == {"avis": "favorable", "commentaire": COMMENTAIRE, "version": "1"}
    assert saisir(monde, demande, "reserve", version=1).avis == "reserve"


def test_une_saisie_identique_n_est_ni_un_conflit_ni_un_changement(monde, demande):
    saisir(monde, demande)
    assert saisir(monde, demande, version=0).version == 1
    assert Trace.objects.filter(fait="avis_d_origine").count() == 1


@pytest.mark.parametrize("etat", [Etat.REALISEE, Etat.RENDUE, Etat.SEANCE_SUIVIE, Etat.ABSENTE])
def test_un_avis_complet_est_fige_apres_l_entretien_un_avis_manquant_se_donne(monde, demande, etat):
    Candidature.objects.update(etat=etat)
    saisir(monde, demande, commentaire="")
    saisir(monde, demande, version=1)
    with pytest.raises(Refus, match="verrouillé"):
        saisir(monde, demande, "reserve", version=2)


@pytest.mark.parametrize(("minutes", "fige"), [(1, False), (0, True), (-30, True)])
def test_un_avis_complet_est_fige_des_le_debut_de_l_entretien(monde, demande, entretiens, minutes, fige):
    saisir(monde, demande)
    Candidature.objects.update(etat=Etat.CONVOQUEE)
    debut = monde.le + timedelta(minutes=minutes)
    entretiens[demande.candidature_id] = EntretienFixe(debut, debut + timedelta(minutes=20))
    if fige:
        with pytest.raises(Refus, match="verrouillé"):
            saisir(monde, demande, "reserve", version=1)
    else:
        assert saisir(monde, demande, "reserve", version=1).avis == "reserve"


@pytest.mark.parametrize("etat", [Etat.DESISTEE, Etat.ANNULEE])
def test_une_candidature_retiree_ne_recoit_plus_d_avis(monde, demande, etat):
    Candidature.objects.update(etat=etat)
    with pytest.raises(Refus, match="n’est plus demandée"):
        saisir(monde, demande)


def test_une_formation_retiree_entre_temps_n_empeche_pas_d_enregistrer_les_autres(monde):
    retiree, autre = monde.inscrit(formations=2).formations_maintenues
    FormationDemandee.objects.filter(pk=retiree.pk).delete()
    saisies = [SaisieAvis(ligne, "favorable", COMMENTAIRE, 0) for ligne in (retiree, autre)]
    ecrites, refus = saisir_les_avis(saisies=saisies, par=monde.chef, le=monde.le)
    assert [ligne.pk for ligne in ecrites] == [autre.pk]
    assert "n’est plus demandée" in str(refus[retiree.code])


def test_un_avis_se_saisit_apres_les_inscriptions_jusqu_a_la_fin_des_entretiens(monde, demande):
    monde.le = APRES_LES_INSCRIPTIONS
    assert saisir(monde, demande).avis_complet
    monde.le = APRES_LES_ENTRETIENS
    with pytest.raises(PeriodeClose, match="mardi 18"):
        saisir(monde, demande, "reserve", version=1)


def test_une_formation_ajoutee_se_donne_jusqu_a_la_fin_de_la_visualisation(monde, demande):
    FormationDemandee.objects.update(ajoutee_a_l_entretien=True)
    Candidature.objects.update(etat=Etat.RENDUE)
    monde.le = APRES_LES_ENTRETIENS
    saisir(monde, demande)
    assert saisir(monde, demande, "reserve", version=1).avis == "reserve"
    monde.le = APRES_LA_VISUALISATION
    with pytest.raises(PeriodeClose):
        saisir(monde, demande, "favorable", version=2)


def test_une_saisie_groupee_enregistre_les_lignes_justes_et_dit_les_autres(monde):
    premiere, seconde, troisieme = monde.inscrit(formations=3).formations_maintenues
    saisir(monde, troisieme)
    ecrites, refus = saisir_les_avis(
        saisies=[
            SaisieAvis(premiere, "favorable", COMMENTAIRE, 0),
            SaisieAvis(seconde, "favorable", "Bien", 0),
            SaisieAvis(troisieme, "reserve", COMMENTAIRE, 0),
        ],
        par=monde.chef,
        le=monde.le,
    )
    assert ecrites == [premiere]
    assert refus.keys() == {seconde.code, troisieme.code}
    assert isinstance(refus[troisieme.code], Conflit)


@pytest.mark.parametrize("version", [1, 999, -1])
def test_une_version_inventee_sur_une_ligne_vierge_est_refusee_d_une_phrase(monde, demande, version):
    with pytest.raises(Refus, match="n’est plus à jour"):
        saisir(monde, demande, version=version)


def test_une_formation_ajoutee_se_donne_des_les_entretiens_sans_attendre_la_visualisation(monde, demande):
    FormationDemandee.objects.update(ajoutee_a_l_entretien=True)
    Periode.objects.filter(nature=Nature.VISUALISATION).update(debut=APRES_LES_ENTRETIENS.date())
    demande.refresh_from_db()
    demande.candidature.domaine.campagne = Campagne.objects.avec_regles().get()
    assert saisir(monde, demande).avis == "favorable"
