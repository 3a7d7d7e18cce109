"""Ce qu'un fichier changerait, comparé à ce que Passpro connaît (R10 à R13)."""

from dataclasses import dataclass
from datetime import date

import pytest

from candidatures.imports.colonnes import Donnee
from candidatures.imports.lignes import Cadre
from candidatures.imports.phrases import dire_le_plan, dire_le_resultat, dire_les_ecartes, dire_une_valeur
from candidatures.imports.plan import dresser_le_plan
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import Niveau

INE, AUTRE_INE = "123456789AB", "987654321AB"
TROISIEMES = [niveau for niveau in Niveau if niveau is not Niveau.LYCEE]


@dataclass
class EleveConnu:
    pk: int = 1
    ine: str = ""
    nom: str = "DIALLO"
    prenom: str = "Yanis"
    date_de_naissance: date = date(2012, 5, 14)
    classe: str = "3B"
    niveau: str = "3e"
    mef: str = ""

    @property
    def cle(self) -> str:
        return cle_de_recherche(self.nom, self.prenom)


def ligne(**valeurs):
    return {"nom": "DIALLO", "prenom": "Yanis", "naissance": "14/05/2012", "classe": "3B", **valeurs}


def comparer(*lignes, connus=(), **cadre):
    options = {"annee": 2027, "niveaux_admis": TROISIEMES, "mef_admis": [], **cadre}
    numerotees = [
        (numero, {Donnee(cle): valeur for cle, valeur in valeurs.items()}) for numero, valeurs in enumerate(lignes, 2)
    ]
    return dresser_le_plan(numerotees, Cadre(connus=list(connus), **options))


def probleme(*lignes, **options):
    [erreur] = comparer(*lignes, **options).erreurs
    return erreur.probleme


@pytest.mark.parametrize(
    ("valeurs", "attendu"),
    [
        ({"prenom": "?"}, "Prénom manquant"),
        ({"nom": ""}, "Nom manquant"),
        ({"classe": ""}, "Classe manquante"),
        ({"nom": "A" * 81}, "Nom de plus de 80 caractères"),
        ({"classe": "3" * 31}, "Classe de plus de 30 caractères"),
        ({"naissance": "31/02/2011"}, "Date de naissance «\u00a031/02/2011\u00a0» impossible"),
    ],
)
def test_une_ligne_fautive_dit_ce_qui_ne_va_pas(valeurs, attendu):
    assert probleme(ligne(**valeurs)) == attendu


def test_deux_lignes_d_un_meme_eleve_nomment_la_premiere():
    assert probleme(ligne(), ligne(classe="3C")) == "Déjà présent ligne 2"
    assert probleme(ligne(ine=INE), ligne(ine=INE, nom="SANTOS")) == "Déjà présent ligne 2"
    assert probleme(ligne(ine=INE), ligne()) == "Déjà présent ligne 2"
    assert not comparer(ligne(ine=INE), ligne(ine=AUTRE_INE)).erreurs


def test_deux_lignes_qui_visent_un_meme_dossier_se_disent():
    connu = EleveConnu(ine=INE)
    assert probleme(ligne(ine=INE, nom="DIALLO SOW"), ligne(), connus=[connu]) == "Déjà présent ligne 2"


def test_sans_ine_deux_semblables_connus_ne_se_departagent_pas():
    connus = [EleveConnu(pk=1, ine=INE), EleveConnu(pk=2, ine=AUTRE_INE)]
    assert probleme(ligne(), connus=connus).startswith("Deux élèves de Passpro ont ces noms")


def test_partis_groupes_et_autres_niveaux_sont_comptes():
    plan = comparer(
        ligne(sortie="12/01/2027"),
        ligne(structure="G"),
        ligne(classe="6A"),
        ligne(classe="2GT1", libelle_mef="2DE GT"),
        ligne(structure="D"),
    )
    assert plan.ecartes == {"partis": 1, "groupes": 1, "6e": 1, "lycée": 1}
    assert len(plan.ajouts) == 1
    assert dire_les_ecartes(plan.ecartes) == (
        "Laissés de côté\u00a0: 1 élève de 6e, 1 élève de lycée, 1 élève parti, 1 ligne de groupe."
    )


def test_un_public_ou_un_mef_que_la_campagne_n_admet_pas_est_refuse_avec_sa_raison():
    assert "n’est pas concerné par cette campagne" in probleme(ligne(classe="UPE2A"), niveaux_admis=[Niveau.TROISIEME])
    refuse = probleme(ligne(mef="10310019110"), mef_admis=["16710002110"])
    assert refuse == "Le MEF 10310019110 n’est pas concerné par cette campagne"
    assert not comparer(ligne(mef="10310019112"), mef_admis=["10310019110"]).erreurs


def test_un_eleve_connu_est_retrouve_par_son_ine_puis_par_ses_noms():
    assert comparer(ligne(ine=INE, nom="SOW"), connus=[EleveConnu(ine=INE)]).mises_a_jour
    assert comparer(ligne(nom="Diallo", prenom="YANIS"), connus=[EleveConnu(ine=INE)]).inchanges == 1


def test_une_case_vide_n_efface_rien_et_les_accents_restent():
    connu = EleveConnu(ine=INE, prenom="Yânis", mef="10310019110")
    assert comparer(ligne(), connus=[connu]).inchanges == 1


def test_une_troisieme_deduite_ne_remplace_pas_un_public_plus_precis():
    connu = EleveConnu(niveau="upe2a_college")
    assert comparer(ligne(), connus=[connu]).inchanges == 1
    assert comparer(ligne(niveau="3e"), connus=[connu]).mises_a_jour
    assert comparer(ligne(classe="3SEGPA"), connus=[EleveConnu(classe="3SEGPA")]).mises_a_jour


def test_un_homonyme_attend_confirmation_et_l_empreinte_ne_bouge_pas():
    connu = EleveConnu(ine=AUTRE_INE)
    a_confirmer = comparer(ligne(ine=INE), connus=[connu])
    confirme = comparer(ligne(ine=INE), connus=[connu], confirmes={2})
    assert a_confirmer.erreurs[0].confirmable
    assert len(confirme.ajouts) == 1
    assert a_confirmer.empreinte == confirme.empreinte


def test_l_empreinte_change_avec_ce_qui_est_connu():
    assert comparer(ligne()).empreinte != comparer(ligne(), connus=[EleveConnu(classe="3C")]).empreinte


def test_un_ine_d_ailleurs_est_refuse_meme_pour_un_eleve_connu_sans_ine():
    [erreur] = comparer(ligne(ine=INE), connus=[EleveConnu()], ines_ailleurs={INE}).erreurs
    assert erreur.ailleurs == INE


def test_les_absents_du_fichier_sont_a_part_et_une_ligne_en_erreur_n_en_fait_pas_un_absent():
    connus = [EleveConnu(pk=1), EleveConnu(pk=2, nom="SANTOS"), EleveConnu(pk=3, nom="SOW", ine=INE)]
    plan = comparer(ligne(), ligne(nom="SOW", ine=INE, naissance="31/02/2011"), connus=connus)
    assert [connu.pk for connu in plan.absents] == [2]


def test_le_bilan_se_dit_en_mots():
    connus = [EleveConnu(pk=1, classe="3A"), EleveConnu(pk=2, nom="SANTOS")]
    plan = comparer(ligne(), ligne(nom="SANTOS"), ligne(nom="SOW"), ligne(prenom="?"), connus=connus)
    assert dire_le_plan(plan) == "1 élève à ajouter, 1 à mettre à jour, 1 sans changement, 1 ligne en erreur."
    assert dire_le_plan(comparer()) == "Aucune ligne ne concerne cette campagne."
    assert dire_le_resultat({"ajoutes": 112, "mis_a_jour": 40}) == "112 élèves ajoutés, 40 mis à jour."
    assert dire_le_resultat({"ajoutes": 0, "mis_a_jour": 1}) == "1 élève mis à jour."
    assert dire_le_resultat({"ajoutes": 0, "mis_a_jour": 0}) == "tout était déjà à jour, rien n’a changé."


def test_une_valeur_se_lit():
    assert dire_une_valeur("date_de_naissance", date(2012, 5, 14)) == "14/05/2012"
    assert dire_une_valeur("niveau", "3e_segpa") == "3e SEGPA"
    assert dire_une_valeur("ine", "") == "N/A"
