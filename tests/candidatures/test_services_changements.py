"""Modifier les formations, inscrire plusieurs élèves, en supprimer un, leur donner une personne référente."""

from datetime import timedelta

import pytest

from candidatures.horaires import EntretienFixe
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import (
    affecter_un_referent,
    desister,
    empechements,
    inscrire,
    inscrire_plusieurs,
    modifier_les_formations,
    saisir_l_avis,
    supprimer_un_eleve,
)
from comptes.models import Trace
from courriers.models import Courriel
from referentiel.models import JeuDeRegles
from referentiel.rules.jeu import Niveau
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.inscriptions import APRES_LA_CAMPAGNE, APRES_LES_INSCRIPTIONS, COMMENTAIRE
from tests.factories.referentiel import FormationFactory, OffreFactory

pytestmark = pytest.mark.django_db


def modifier(monde, candidature, *rangs):
    formations = [monde.formations[rang] for rang in rangs]
    return modifier_les_formations(candidature=candidature, formations=formations, par=monde.chef, le=monde.le)


def demandees(candidature) -> list[str]:
    maintenues = FormationDemandee.objects.maintenues().filter(candidature=candidature)
    return [demande.formation.libelle for demande in maintenues.order_by("formation__libelle")]


def limiter(monde, maximum):
    JeuDeRegles.objects.update(formations_maximales=maximum)
    monde.campagne.regles.formations_maximales = maximum


# Modifier ---------------------------------------------------------------------------------------------------


def test_les_formations_se_remplacent_et_l_histoire_dit_avant_et_apres(monde):
    candidature = monde.inscrit()
    modifier(monde, candidature, 1, 2)
    assert demandees(candidature) == ["Pâtissier", "Service"]
    trace = Trace.objects.get(fait="formations_modifiees")
    assert trace.avant == {"formations": ["CAP Cuisine"]}
    assert trace.apres == {"formations": ["CAP Pâtissier", "CAP Service"]}
    assert "ne demande plus : CAP Cuisine" in Courriel.objects.get().texte.replace("\u00a0", " ")


def test_ajouter_seulement_ne_previent_personne(monde):
    modifier(monde, monde.inscrit(), 0, 1)
    assert not Courriel.objects.exists()


def test_une_formation_redemandee_retrouve_son_avis(monde):
    candidature = monde.inscrit(formations=2)
    demande = candidature.formations_demandees.get(formation=monde.formations[0])
    saisir_l_avis(
        formation_demandee=demande,
        avis="favorable",
        commentaire=COMMENTAIRE,
        version=0,
        par=monde.chef,
        le=monde.le,
    )
    modifier(monde, candidature, 1)
    modifier(monde, candidature, 0, 1)
    assert candidature.formations_demandees.count() == 2
    demande.refresh_from_db()
    assert (demande.avis, demande.desistee_le) == ("favorable", None)


def test_ne_rien_changer_n_ecrit_rien(monde):
    modifier(monde, monde.inscrit(), 0)
    assert not Trace.objects.filter(fait="formations_modifiees").exists()


def test_il_reste_toujours_une_formation(monde):
    candidature = monde.inscrit()
    with pytest.raises(Refus, match="enregistrez un désistement"):
        modifier(monde, candidature)


def test_apres_la_cloture_on_retire_mais_on_n_ajoute_plus(monde):
    candidature = monde.inscrit(formations=2)
    monde.le = APRES_LES_INSCRIPTIONS
    with pytest.raises(PeriodeClose):
        modifier(monde, candidature, 0, 1, 2)
    modifier(monde, candidature, 0)
    assert demandees(candidature) == ["Cuisine"]


def test_une_formation_hors_passpro_ou_d_un_autre_domaine_ne_s_ajoute_pas(monde):
    candidature = monde.inscrit()
    hors = FormationFactory(domaine=monde.accueil.domaine)
    OffreFactory(formation=hors, hors_passpro=True, presentation="Portes ouvertes.")
    _, [ailleurs] = monde.domaine("Santé et social", "Accompagnement")
    for formation in (hors, ailleurs):
        with pytest.raises(Refus):
            modifier_les_formations(
                candidature=candidature, formations=[monde.formations[0], formation], par=monde.chef, le=monde.le
            )
    assert demandees(candidature) == ["Cuisine"]


def test_la_limite_de_la_campagne_compte_les_autres_domaines(monde):
    candidature = monde.inscrit()
    autre, formations = monde.domaine("Santé et social", "Accompagnement")
    inscrire(eleve=candidature.eleve, choix=[(autre, formations)], par=monde.chef, le=monde.le)
    limiter(monde, 2)
    with pytest.raises(Refus, match="2 formations au plus"):
        modifier(monde, candidature, 0, 1)
    modifier(monde, candidature, 1)


@pytest.mark.parametrize("etat", [Etat.REALISEE, Etat.RENDUE, Etat.ABSENTE, Etat.DESISTEE, Etat.ANNULEE])
def test_apres_l_entretien_ou_un_retrait_les_formations_ne_changent_plus(monde, etat):
    candidature = monde.inscrit()
    Candidature.objects.update(etat=etat)
    with pytest.raises(Refus, match="ne changent plus"):
        modifier(monde, candidature, 1)


def test_des_le_debut_de_l_entretien_les_formations_ne_changent_plus(monde, entretiens):
    candidature = monde.inscrit()
    Candidature.objects.update(etat=Etat.CONVOQUEE)
    entretiens[candidature.pk] = EntretienFixe(monde.le, monde.le + timedelta(minutes=20))
    with pytest.raises(Refus, match="ne changent plus"):
        modifier(monde, candidature, 1)


# Plusieurs élèves -------------------------------------------------------------------------------------------


def en_groupe(monde, eleves, formations=2):
    for eleve in eleves:
        eleve.campagne = monde.campagne
    return inscrire_plusieurs(
        eleves=eleves, choix=[(monde.accueil, monde.formations[:formations])], par=monde.chef, le=monde.le
    )


def test_plusieurs_eleves_s_inscrivent_d_un_seul_geste(monde):
    eleves = [monde.eleve() for _ in range(3)]
    candidatures = en_groupe(monde, eleves)
    assert [candidature.eleve for candidature in candidatures] == eleves
    assert set(Candidature.objects.values_list("etat", "inscrite_le")) == {(Etat.INSCRITE, monde.le)}
    assert FormationDemandee.objects.count() == 6
    assert Trace.objects.filter(fait="inscription").count() == 3


@pytest.mark.parametrize("nombre", [1, 30])
def test_inscrire_un_groupe_ne_compte_pas_ses_requetes(monde, nombre, django_assert_max_num_queries):
    eleves = [monde.eleve() for _ in range(nombre)]
    with django_assert_max_num_queries(10):
        en_groupe(monde, eleves)


def test_un_eleve_empeche_arrete_tout_le_groupe(monde):
    deja, libre = monde.inscrit().eleve, monde.eleve()
    with pytest.raises(Refus, match="a déjà un entretien dans ce domaine"):
        en_groupe(monde, [deja, libre])
    assert Candidature.objects.count() == 1


def test_les_empechements_se_disent_eleve_par_eleve(monde):
    deja = monde.inscrit().eleve
    commence = monde.inscrit(en_brouillon=True).eleve
    lyceen, libre = monde.eleve(niveau=Niveau.LYCEE), monde.eleve()
    for eleve in (deja, commence, lyceen, libre):
        eleve.campagne = monde.campagne
    choix = [(monde.accueil, monde.formations[:1])]
    raisons = empechements(eleves=[deja, commence, lyceen, libre], choix=choix)
    assert raisons[deja.pk] == "a déjà un entretien dans ce domaine."
    assert raisons[commence.pk] == "a une inscription à terminer dans ce domaine."
    assert "n’admet pas" in raisons[lyceen.pk]
    assert libre.pk not in raisons
    limiter(monde, 1)
    choix = [(monde.accueil, monde.formations[:2])]
    assert empechements(eleves=[libre], choix=choix) == {libre.pk: "dépasserait la limite de 1 formation."}


def test_un_groupe_suit_le_calendrier_et_le_catalogue(monde):
    eleves = [monde.eleve()]
    with pytest.raises(Refus, match="Sélectionnez"):
        en_groupe(monde, [])
    with pytest.raises(Refus, match="au moins une formation"):
        en_groupe(monde, eleves, formations=0)
    monde.le = APRES_LES_INSCRIPTIONS
    with pytest.raises(PeriodeClose):
        en_groupe(monde, eleves)
    assert not Candidature.objects.exists()


# Supprimer --------------------------------------------------------------------------------------------------


def supprimer(monde, eleve):
    supprimer_un_eleve(eleve=eleve, par=monde.chef, le=monde.le)


def test_un_eleve_sans_candidature_se_supprime_avec_ses_brouillons(monde):
    eleve = monde.inscrit(en_brouillon=True).eleve
    supprimer(monde, eleve)
    assert not Eleve.objects.exists()
    trace = Trace.objects.get(fait="suppression")
    assert (trace.auteur, trace.avant["classe"]) == (monde.chef, "3e B")


def test_un_eleve_inscrit_demande_d_abord_un_desistement(monde):
    candidature = monde.inscrit()
    with pytest.raises(Refus, match="Enregistrez d’abord un désistement"):
        supprimer(monde, candidature.eleve)
    desister(candidature=candidature, motif="Autre", par=monde.chef, le=monde.le)
    with pytest.raises(Refus, match="son dossier se garde"):
        supprimer(monde, candidature.eleve)


def test_apres_la_campagne_rien_ne_se_supprime(monde):
    eleve = monde.eleve()
    monde.le = APRES_LA_CAMPAGNE
    with pytest.raises(PeriodeClose):
        supprimer(monde, eleve)


# Personne référente -----------------------------------------------------------------------------------------


def affecter(monde, eleves, nom="M. Haddad", courriel="Haddad@creteil.example"):
    return affecter_un_referent(eleves=eleves, nom=nom, courriel=courriel, par=monde.chef, le=monde.le)


def test_une_personne_referente_se_donne_a_plusieurs_eleves(monde):
    eleves = [monde.eleve(), monde.eleve(referent_nom="M. Haddad", referent_courriel="haddad@creteil.example")]
    assert affecter(monde, eleves) == 1
    assert set(Eleve.objects.values_list("referent_courriel", flat=True)) == {"haddad@creteil.example"}
    trace = Trace.objects.get(fait="referent")
    assert trace.avant["referent_nom"] == "Mme Petit"
    assert trace.apres["referent_nom"] == "M. Haddad"


@pytest.mark.parametrize(("nom", "courriel"), [("", "a@creteil.example"), ("M. Haddad", "a@b, c@d"), ("M. Haddad", "")])
def test_une_personne_referente_a_un_nom_et_une_adresse(monde, nom, courriel):
    with pytest.raises(Refus, match="le nom et le courriel"):
        affecter(monde, [monde.eleve()], nom, courriel)
    with pytest.raises(Refus, match="Sélectionnez"):
        affecter(monde, [])
