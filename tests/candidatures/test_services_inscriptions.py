"""Inscrire, ajouter et retirer des formations (R14, R15)."""

from datetime import timedelta

import pytest

from candidatures.horaires import EntretienFixe
from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import inscrire, preparer_l_inscription, saisir_l_avis
from comptes.models import Trace
from referentiel.models import Derogation
from referentiel.rules.jeu import Modalite
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.services import contraintes_dites
from tests.factories.candidatures import CandidatureFactory
from tests.factories.inscriptions import APRES_LES_INSCRIPTIONS, COMMENTAIRE
from tests.factories.referentiel import AccueilFactory, DomaineFactory, FormationFactory, OffreFactory

pytestmark = pytest.mark.django_db


def test_trois_formations_d_un_domaine_font_une_candidature(monde):
    candidature = monde.inscrit(formations=3)

    assert candidature.etat == Etat.INSCRITE
    assert candidature.inscrite_le == monde.le
    assert candidature.modalite == Modalite.INDIVIDUEL
    assert FormationDemandee.objects.filter(candidature=candidature).count() == 3
    trace = Trace.objects.de(candidature).get()
    assert (trace.fait, trace.auteur) == ("inscription", monde.chef)
    assert "CAP Cuisine, CAP Pâtissier, CAP Service" in trace.phrase


def test_deux_domaines_font_deux_candidatures(monde):
    autre, formations = monde.domaine("Santé et social", "Accompagnement")
    candidatures = inscrire(
        eleve=monde.eleve(),
        choix=[(monde.accueil, monde.formations[:1]), (autre, formations)],
        par=monde.chef,
        le=monde.le,
    )
    assert [c.accueil for c in candidatures] == [monde.accueil, autre]


def test_la_modalite_reste_a_choisir_quand_l_accueil_a_les_deux(monde):
    accueil, formations = monde.domaine("Santé et social", "Accompagnement", modalite=Modalite.AU_CHOIX)
    [candidature] = inscrire(eleve=monde.eleve(), choix=[(accueil, formations)], par=monde.chef, le=monde.le)
    assert candidature.modalite == ""


def test_une_inscription_tient_en_huit_requetes(monde, django_assert_max_num_queries):
    eleve = monde.eleve()
    with django_assert_max_num_queries(8 + 2):  # les deux points de reprise de la transaction du test
        monde.inscrit(eleve, formations=3)


def test_une_formation_s_ajoute_a_la_candidature_du_domaine(monde):
    candidature = monde.inscrit()
    monde.inscrit(candidature.eleve, formations=2)

    assert Candidature.objects.count() == 1
    assert FormationDemandee.objects.filter(candidature=candidature).count() == 2
    assert Trace.objects.de(candidature).first().fait == "formations_ajoutees"


def test_redemander_la_meme_chose_ne_change_rien(monde):
    candidature = monde.inscrit()
    monde.inscrit(candidature.eleve)
    assert FormationDemandee.objects.count() == 1
    assert Trace.objects.de(candidature).count() == 1


def test_un_second_lycee_du_meme_domaine_est_refuse(monde):
    candidature = monde.inscrit()
    with pytest.raises(Refus, match="Ajoutez la formation à cette candidature"):
        inscrire(
            eleve=candidature.eleve,
            choix=[(monde.autre_accueil(), monde.formations)],
            par=monde.chef,
            le=monde.le,
        )


def test_une_formation_ne_s_ajoute_plus_une_fois_l_entretien_commence(monde, entretiens):
    candidature = monde.inscrit()
    Candidature.objects.update(etat=Etat.CONVOQUEE)
    entretiens[candidature.pk] = EntretienFixe(monde.le, monde.le + timedelta(minutes=20))
    with pytest.raises(Refus, match="a eu lieu"):
        monde.inscrit(candidature.eleve, formations=2)


@pytest.mark.parametrize("etat", [Etat.REALISEE, Etat.RENDUE, Etat.SEANCE_SUIVIE, Etat.ABSENTE, Etat.A_VALIDER])
def test_une_formation_ne_s_ajoute_pas_dans_cet_etat(monde, etat):
    candidature = monde.inscrit()
    Candidature.objects.update(etat=etat)
    with pytest.raises(Refus):
        monde.inscrit(candidature.eleve, formations=2)


def test_un_desistement_laisse_reinscrire_dans_le_domaine(monde):
    candidature = monde.inscrit()
    Candidature.objects.update(etat=Etat.DESISTEE)
    assert monde.inscrit(candidature.eleve).pk != candidature.pk


def test_une_formation_hors_passpro_est_refusee(monde):
    hors = FormationFactory(domaine=monde.accueil.domaine, libelle="Boucher")
    OffreFactory(formation=hors, hors_passpro=True, presentation="Portes ouvertes le 6 mars.")
    with pytest.raises(Refus, match="CAP Boucher ne peut pas être demandée"):
        inscrire(eleve=monde.eleve(), choix=[(monde.accueil, [hors])], par=monde.chef, le=monde.le)


def test_une_formation_d_un_autre_lycee_se_demande_quand_meme(monde):
    ailleurs = FormationFactory(domaine=monde.accueil.domaine, libelle="Boucher")
    OffreFactory(formation=ailleurs)
    [candidature] = inscrire(eleve=monde.eleve(), choix=[(monde.accueil, [ailleurs])], par=monde.chef, le=monde.le)
    assert candidature.formations_maintenues[0].formation == ailleurs


def test_une_formation_d_un_autre_domaine_est_refusee(monde):
    _, autres = monde.domaine("Santé et social", "Accompagnement")
    with pytest.raises(Refus, match="ne reçoit que pour le domaine"):
        inscrire(eleve=monde.eleve(), choix=[(monde.accueil, autres)], par=monde.chef, le=monde.le)


def test_un_accueil_d_une_autre_campagne_est_refuse(monde):
    etranger = AccueilFactory(domaine=DomaineFactory(campagne__etat="close"))
    with pytest.raises(Refus, match="n’est pas au catalogue"):
        inscrire(eleve=monde.eleve(), choix=[(etranger, monde.formations)], par=monde.chef, le=monde.le)


@pytest.mark.parametrize("choix", [lambda m: [], lambda m: [(m.accueil, [])]])
def test_il_faut_au_moins_une_formation(monde, choix):
    with pytest.raises(Refus, match="Choisissez au moins une formation"):
        inscrire(eleve=monde.eleve(), choix=choix(monde), par=monde.chef, le=monde.le)


def test_la_limite_de_la_campagne_compte_ce_qui_est_deja_demande(monde):
    monde.campagne.regles.formations_maximales = 2
    eleve = monde.eleve()
    monde.inscrit(eleve, formations=2)
    autre, formations = monde.domaine("Santé et social", "Accompagnement")
    with pytest.raises(Refus, match="2 formations au plus dans cette campagne ; 3"):
        inscrire(eleve=eleve, choix=[(autre, formations)], par=monde.chef, le=monde.le)


def test_un_niveau_qui_n_est_pas_admis_est_refuse(monde):
    with pytest.raises(Refus, match="réservé aux élèves de niveau 3e"):
        monde.inscrit(monde.eleve(niveau="lycee"))


def test_les_inscriptions_closes_refusent_avec_la_date(monde):
    monde.le = APRES_LES_INSCRIPTIONS
    with pytest.raises(PeriodeClose, match="vendredi 30"):
        monde.inscrit()


def test_une_derogation_rouvre_l_inscription(monde):
    monde.le = APRES_LES_INSCRIPTIONS
    Derogation.objects.create(
        campagne=monde.campagne,
        etablissement=monde.college,
        nature="inscription",
        jusqu_au=monde.le.date(),
        motif="Arrivée tardive",
    )
    assert monde.inscrit().etat == Etat.INSCRITE


def test_un_brouillon_ne_se_montre_pas_a_l_accueil_et_devient_la_candidature(monde):
    brouillon = monde.inscrit(formations=2, en_brouillon=True)
    demande = brouillon.formations_maintenues[0]
    saisir_l_avis(
        formation_demandee=demande,
        avis="favorable",
        commentaire=COMMENTAIRE,
        version=0,
        par=monde.chef,
        le=monde.le,
    )
    recues = Candidature.objects.de_l_accueil(monde.campagne, monde.accueil.etablissement_id)
    assert not recues.exists()

    candidature = monde.inscrit(brouillon.eleve, formations=2)

    assert candidature.pk == brouillon.pk
    assert recues.get() == candidature
    demande.refresh_from_db()
    assert demande.avis_complet


def test_les_brouillons_deviennent_exactement_le_choix(monde):
    autre, formations = monde.domaine("Santé et social", "Accompagnement")
    eleve = monde.eleve()
    monde.inscrit(eleve, formations=3, en_brouillon=True)

    choix = [(monde.accueil, monde.formations[1:2]), (autre, formations)]
    inscrire(eleve=eleve, choix=choix, par=monde.chef, le=monde.le, en_brouillon=True)
    demandees = FormationDemandee.objects.values_list("formation__libelle", flat=True)
    assert sorted(demandees) == ["Accompagnement", "Pâtissier"]

    inscrire(eleve=eleve, choix=choix[1:], par=monde.chef, le=monde.le, en_brouillon=True)
    assert Candidature.objects.get().accueil == autre


def test_la_preparation_garde_les_brouillons_et_ajoute_aux_candidatures(monde):
    autre, formations = monde.domaine("Santé et social", "Accompagnement")
    candidature = monde.inscrit()
    preparer_l_inscription(
        eleve=candidature.eleve,
        brouillons=[(autre, formations)],
        ajouts=[(monde.accueil, monde.formations[1:2])],
        par=monde.chef,
        le=monde.le,
    )
    assert sorted(Candidature.objects.values_list("etat", flat=True)) == ["brouillon", "inscrite"]
    assert candidature.formations_demandees.count() == 2


def test_la_preparation_est_tout_ou_rien(monde):
    candidature = monde.inscrit()
    _, etrangeres = monde.domaine("Santé et social", "Accompagnement")
    with pytest.raises(Refus):
        preparer_l_inscription(
            eleve=candidature.eleve,
            brouillons=[(monde.accueil, etrangeres)],
            ajouts=[(monde.accueil, monde.formations[1:2])],
            par=monde.chef,
            le=monde.le,
        )
    assert candidature.formations_demandees.count() == 1


def test_la_base_refuse_une_seconde_candidature_avec_une_phrase(monde):
    """Une candidature posée sans le service, hors de vue du verrou, donne un refus et non une erreur."""
    candidature = monde.inscrit()

    @contraintes_dites()
    def doubler():
        CandidatureFactory(eleve=candidature.eleve, accueil=monde.accueil, formations=0)

    with pytest.raises(Refus, match="déjà une candidature dans ce domaine"):
        doubler()
