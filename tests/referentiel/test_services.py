"""Écritures du référentiel : campagne, catalogue, dérogation, établissements (R1, R3 à R7, R9, R10, R39)."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from comptes.models import Trace
from referentiel.models import AliasUai, Campagne, Domaine, Etablissement, Formation
from referentiel.prereglages import etablissements
from referentiel.rules.calendrier import Bornes, Calendrier, Nature
from referentiel.rules.dates import PARIS, fin_du_jour
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.services import (
    accorder_une_derogation,
    charger_etablissements,
    charger_les_academies,
    clore_la_campagne,
    creer_campagne,
    dupliquer_la_campagne,
    exiger_periode,
    garnir_le_catalogue,
    ouvrir_la_campagne,
    pourquoi_pas_maintenant,
)
from tests.factories.administration import EN_JANVIER, regles_de, une_autre_academie, une_campagne
from tests.factories.referentiel import (
    AcademieFactory,
    CampagneFactory,
    EtablissementFactory,
    PersonneFactory,
)

pytestmark = pytest.mark.django_db
LE = datetime(2027, 5, 3, 9, 0, tzinfo=PARIS)


# Campagnes ----------------------------------------------------------------------------------------------------


def test_une_campagne_creee_est_prete_a_regler():
    par = PersonneFactory()
    campagne = une_campagne("creteil-2020", par=par)
    assert campagne.etat == Campagne.Etat.PREPARATION
    assert campagne.calendrier.bornes(Nature.INSCRIPTION) == Bornes(date(2027, 1, 27), date(2027, 4, 30))
    assert set(campagne.regles.matrice) == campagne.regles.couples_attendus
    assert campagne.mots_a_rappeler.filter(mot="bulletin").exists()
    assert campagne.vacances.count() == 4
    trace = Trace.objects.de(campagne).get()
    assert (trace.auteur, trace.fait) == (par, "creation")


def test_un_calendrier_donne_remplace_celui_du_prereglage():
    donne = Calendrier({Nature.INSCRIPTION: Bornes(date(2027, 1, 4), date(2027, 2, 5))})
    assert une_campagne(calendrier=donne).calendrier == donne


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"prereglage": "inconnu"}, "Le préréglage «\u00a0inconnu\u00a0» n’existe pas."),
        (
            {"calendrier": Calendrier({Nature.INSCRIPTION: Bornes(date(2027, 2, 5), date(2027, 2, 4))})},
            "la fin (jeudi 4\u00a0février 2027) précède le début (vendredi 5\u00a0février 2027)",
        ),
    ],
)
def test_une_campagne_impossible_est_refusee(champs, phrase):
    with pytest.raises(Refus) as refus:
        une_campagne(**champs)
    assert phrase in str(refus.value)
    assert not Campagne.objects.exists()


def test_un_intitule_pris_est_refuse_par_sa_phrase():
    une_campagne()
    with pytest.raises(Refus, match="Cette académie a déjà une campagne de ce nom"):
        une_campagne()


def test_dupliquer_reprend_tout_sauf_l_ouverture():
    origine = une_campagne("creteil-2017")
    origine.mots_a_rappeler.create(mot="zodiaque", famille="essai")
    regles_de(origine).cases.filter(avis_origine="favorable").update(points=5)
    copie = dupliquer_la_campagne(
        campagne=Campagne.objects.get(pk=origine.pk), annee=2028, intitule="Campagne 2028", par=None, le=LE
    )
    assert copie.etat == Campagne.Etat.PREPARATION
    assert regles_de(copie).matrice == regles_de(origine).matrice
    assert regles_de(copie).lettre == "obligatoire"
    assert copie.mots_a_rappeler.filter(mot="zodiaque").exists()
    assert copie.calendrier.bornes(Nature.FERMETURE).fin == date(2028, 5, 19)


def test_garnir_le_catalogue_une_seule_fois():
    campagne = une_campagne()
    garnir_le_catalogue(campagne=campagne, par=None, le=LE)
    assert campagne.domaines.count() == 29
    formations = Formation.objects.filter(domaine__campagne=campagne)
    assert formations.count() == 57
    assert formations.values("slug").distinct().count() == 57
    assert formations.get(libelle="Cuisine").mef == "2412214621"
    with pytest.raises(Refus, match="a déjà des domaines"):
        garnir_le_catalogue(campagne=campagne, par=None, le=LE)
    assert Trace.objects.de(campagne).filter(fait="catalogue").count() == 1


def test_une_campagne_close_ne_se_garnit_pas():
    campagne = CampagneFactory(etat=Campagne.Etat.CLOSE)
    with pytest.raises(Refus, match="est close"):
        garnir_le_catalogue(campagne=campagne, par=None, le=LE)
    assert not Domaine.objects.exists()


def test_ouvrir_puis_clore_se_consigne():
    campagne = une_campagne()
    assert ouvrir_la_campagne(campagne=campagne, par=None, le=LE).est_ouverte
    assert clore_la_campagne(campagne=campagne, par=None, le=LE).etat == Campagne.Etat.CLOSE
    faits = [(t.fait, t.avant, t.apres) for t in Trace.objects.de(campagne).order_by("pk")][1:]
    assert faits == [
        ("ouverture", {"etat": "preparation"}, {"etat": "ouverte"}),
        ("cloture", {"etat": "ouverte"}, {"etat": "close"}),
    ]


def test_chaque_etat_n_a_que_sa_suite():
    campagne = une_campagne()
    with pytest.raises(Refus, match="Seule une campagne ouverte"):
        clore_la_campagne(campagne=campagne, par=None, le=LE)
    ouvrir_la_campagne(campagne=campagne, par=None, le=LE)
    with pytest.raises(Refus, match="elle ne s’ouvre pas"):
        ouvrir_la_campagne(campagne=campagne, par=None, le=LE)
    clore_la_campagne(campagne=campagne, par=None, le=LE)
    for geste in (ouvrir_la_campagne, clore_la_campagne):
        with pytest.raises(Refus):
            geste(campagne=campagne, par=None, le=LE)


def test_ouvrir_dit_tout_ce_qui_ne_va_pas():
    campagne = une_campagne("paris-2022")
    regles_de(campagne).cases.filter(resultat="favorable").update(points=None)
    with pytest.raises(Refus) as refus:
        ouvrir_la_campagne(campagne=campagne, par=None, le=LE)
    assert "Inscription des élèves\u00a0: la date de début manque au calendrier." in str(refus.value)
    couple = "avis d’origine «\u00a0absent\u00a0» et avis d’accueil «\u00a0favorable\u00a0»"
    assert f"Points manquants pour {couple}." in str(refus.value)


def test_ouvrir_refuse_un_calendrier_contredit_apres_coup():
    campagne = une_campagne()
    campagne.periodes.filter(nature="entretiens").update(fin=date(2027, 3, 1))
    with pytest.raises(Refus, match="avant la fin des inscriptions le vendredi 30"):
        ouvrir_la_campagne(campagne=campagne, par=None, le=LE)


def test_une_academie_n_ouvre_qu_une_campagne():
    CampagneFactory()
    with pytest.raises(Refus, match="est encore ouverte"):
        ouvrir_la_campagne(campagne=une_campagne(), par=None, le=LE)
    ailleurs = CampagneFactory(academie=une_autre_academie())
    assert ailleurs.est_ouverte


# Périodes et dérogations --------------------------------------------------------------------------------------


def test_une_derogation_ouvre_a_un_seul_etablissement_une_seule_periode():
    campagne, beni, autre = CampagneFactory(), EtablissementFactory(), EtablissementFactory()
    accorder_une_derogation(
        campagne=campagne,
        etablissement=beni,
        nature=Nature.INSCRIPTION,
        jusqu_au=date(2027, 5, 5),
        motif="Incendie",
        par=None,
        le=LE,
    )
    exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=beni.pk, le=LE)
    with pytest.raises(PeriodeClose, match="la date limite était le vendredi 30"):
        exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=autre.pk, le=LE)
    apres = fin_du_jour(date(2027, 5, 5))
    assert pourquoi_pas_maintenant(campagne, Nature.INSCRIPTION, etablissement_id=beni.pk, le=apres)
    derniere = apres - timedelta(milliseconds=1)
    assert pourquoi_pas_maintenant(campagne, Nature.INSCRIPTION, etablissement_id=beni.pk, le=derniere) is None


def test_une_derogation_se_remplace_et_garde_l_ancienne_dans_l_historique():
    campagne, beni = CampagneFactory(), EtablissementFactory()
    for jour in (5, 7):
        derogation = accorder_une_derogation(
            campagne=campagne,
            etablissement=beni,
            nature=Nature.INSCRIPTION,
            jusqu_au=date(2027, 5, jour),
            motif="Incendie",
            par=None,
            le=LE,
        )
    assert campagne.derogations.count() == 1
    derniere = Trace.objects.de(derogation).first()
    jours = [valeurs["jusqu’au (inclus)"] for valeurs in (derniere.avant, derniere.apres)]
    assert jours == ["mercredi 5\u00a0mai 2027", "vendredi 7\u00a0mai 2027"]


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"jusqu_au": date(2027, 4, 30)}, "ne dépasse pas la fin de la période"),
        ({"motif": "  "}, "Dites pourquoi"),
    ],
)
def test_une_derogation_sans_effet_ou_sans_motif_est_refusee(champs, phrase):
    voulus = {"nature": Nature.INSCRIPTION, "jusqu_au": date(2027, 5, 5), "motif": "Incendie"} | champs
    with pytest.raises(Refus, match=phrase):
        accorder_une_derogation(
            campagne=CampagneFactory(), etablissement=EtablissementFactory(), par=None, le=LE, **voulus
        )


def test_une_derogation_ne_rouvre_pas_une_campagne_close():
    with pytest.raises(Refus, match="dans une campagne ouverte"):
        accorder_une_derogation(
            campagne=CampagneFactory(etat=Campagne.Etat.CLOSE),
            etablissement=EtablissementFactory(),
            nature=Nature.INSCRIPTION,
            jusqu_au=date(2027, 5, 5),
            motif="Incendie",
            par=None,
            le=LE,
        )


# Établissements -----------------------------------------------------------------------------------------------


def charger(lignes, academie=None):
    return charger_etablissements(academie=academie or AcademieFactory(), lignes=lignes, par=None, le=LE)


def test_les_etablissements_livres_se_chargent_et_la_seconde_fois_rien_ne_change():
    academie = charger_les_academies()["creteil"]
    lignes = etablissements("creteil")
    assert charger(lignes, academie).crees == len(lignes)
    traces = Trace.objects.count()
    seconde = charger(lignes, academie)
    assert (seconde.crees, seconde.modifies, seconde.inchanges) == (0, 0, len(lignes))
    assert Trace.objects.count() == traces
    assert AliasUai.objects.count() == 76
    assert Etablissement.objects.connu_sous("0931950p").get().uai == "0932123C"


def test_une_ligne_changee_se_met_a_jour_et_se_consigne():
    [ligne] = etablissements("creteil")[:1]
    charger([ligne])
    bilan = charger([ligne | {"nom": "Collège renommé"}])
    assert bilan.modifies == 1
    etablissement = Etablissement.objects.get()
    assert "college renomme" in etablissement.recherche
    assert Trace.objects.de(etablissement).first().avant == {"nom": ligne["nom"]}


def test_une_ligne_fautive_empeche_toutes_les_autres():
    bonne, mauvaise = etablissements("creteil")[:2]
    with pytest.raises(Refus) as refus:
        charger([bonne, mauvaise | {"uai": "0770005A", "commune": ""}, bonne])
    texte = str(refus.value)
    faute = "La lettre du code UAI ne correspond pas à ses chiffres\u00a0: M attendue."
    assert f"Ligne 2 (0770005A)\u00a0: {faute}" in texte
    assert "Ligne 2 (0770005A)\u00a0: «\u00a0commune\u00a0» manque." in texte
    assert "Ligne 3 (0770002J)\u00a0: Cet établissement figure deux fois." in texte
    assert not Etablissement.objects.exists()


def test_un_etablissement_d_une_autre_academie_ne_se_prend_pas():
    [ligne] = etablissements("creteil")[:1]
    charger([ligne], une_autre_academie())
    with pytest.raises(Refus, match="est dans une autre académie"):
        charger([ligne])
    assert Etablissement.objects.get().academie.code == "paris"


def test_un_alias_deja_pris_empeche_tout():
    lycees = [ligne for ligne in etablissements("creteil") if "sep" in ligne][:2]
    charger(lycees[:1])
    with pytest.raises(Refus, match="est déjà l’alias d’un autre établissement"):
        charger([lycees[1] | {"sep": lycees[0]["sep"]}])
    assert Etablissement.objects.count() == 1


# La base, seule -----------------------------------------------------------------------------------------------


def test_la_base_refuse_deux_campagnes_ouvertes():
    CampagneFactory()
    with pytest.raises(IntegrityError, match="campagne_une_seule_ouverte"), transaction.atomic():
        CampagneFactory()


def test_la_base_refuse_une_periode_a_l_envers():
    campagne = une_campagne()
    with pytest.raises(IntegrityError, match="periode_dans_l_ordre"), transaction.atomic():
        campagne.periodes.filter(nature="inscription").update(fin=date(2026, 1, 1))


def test_la_base_refuse_deux_resultats_pour_un_couple():
    regles = regles_de(une_campagne())
    with pytest.raises(IntegrityError, match="case_un_seul_resultat"), transaction.atomic():
        regles.cases.create(avis_origine="favorable", avis_accueil="favorable", resultat="reserve")


@pytest.mark.django_db(transaction=True)
def test_la_base_refuse_a_la_fin_de_la_transaction_une_matrice_qui_ne_suit_pas_son_echelle():
    regles = regles_de(une_campagne(le=EN_JANVIER))
    with pytest.raises(IntegrityError, match="La matrice doit donner un résultat"), transaction.atomic():
        type(regles).objects.filter(pk=regles.pk).update(ne_se_prononce_pas=False)
    assert regles_de(regles.campagne).ne_se_prononce_pas


def test_creer_deux_fois_la_meme_campagne_ne_laisse_rien_a_moitie():
    une_campagne()
    avant = Trace.objects.count()
    with pytest.raises(Refus):
        creer_campagne(
            academie=AcademieFactory(), annee=2027, intitule="Campagne 2027", prereglage="paris-2022", par=None, le=LE
        )
    assert Trace.objects.count() == avant
    assert Campagne.objects.count() == 1
