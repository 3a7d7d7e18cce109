"""La fiche : ce qu'elle dit, ce qu'elle tait, ses versions, son document (R29 à R32)."""

import io
from dataclasses import replace
from datetime import date, datetime, timedelta

import page
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from avis.codes import lire_le_code
from avis.lectures import fiche_de, fiches_des_eleves
from avis.models import Fiche
from avis.pdf import fiche_imprimee, nom_du_fichier
from avis.services import (
    ajouter_une_formation,
    corriger,
    enregistrer_le_brouillon,
    marquer_comme_remises,
    transmettre,
)
from candidatures.models import Eleve
from candidatures.rules import Etat
from comptes.models import Trace
from courriers.pdf import rendre
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Campagne, JeuDeRegles, Periode
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Affichage, Avis, Modalite, Publication, Resultat
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.avis import (
    JEUDI,
    LENDEMAIN,
    TEXTE,
    avis_pour,
    candidature_entendue,
    candidature_rendue,
    donner_l_avis_d_origine,
    entretien_pour,
)
from tests.factories.candidatures import CandidatureFactory, EleveFactory
from tests.factories.referentiel import CampagneFactory, FormationFactory, PersonneFactory

pytestmark = pytest.mark.django_db

EN_MAI = datetime(2027, 5, 4, 12, 0, tzinfo=PARIS)


@pytest.fixture
def campagne():
    return CampagneFactory()


@pytest.fixture
def eleve(campagne):
    return EleveFactory(campagne=campagne, nom="Diallo", prenom="Yanis", ine="120890177FA")


def lire(eleve, le=LENDEMAIN):
    return fiche_de(Campagne.objects.avec_regles().get(pk=eleve.campagne_id), eleve, le)


def texte_de(document: bytes) -> str:
    pages = PdfReader(io.BytesIO(document)).pages
    return " ".join("\n".join(p.extract_text() for p in pages).replace("\x00", "").replace("\u00a0", " ").split())


def imprimer(eleve, le=LENDEMAIN) -> bytes:
    campagne = Campagne.objects.avec_regles().get(pk=eleve.campagne_id)
    contenu = fiche_de(campagne, eleve, le)
    return rendre(fiche_imprimee(contenu, campagne, le))


class TestContenu:
    def test_montre_les_deux_avis_leurs_dates_et_la_case_de_la_matrice(self, eleve):
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne, accueil_avis=Avis.ASSEZ_FAVORABLE)
        (section,) = lire(eleve).sections
        (ligne,) = section.lignes
        assert (ligne.origine.libelle, ligne.origine.jour) == ("Favorable", date(2027, 3, 3))
        assert (ligne.accueil.libelle, ligne.accueil.jour) == ("Assez favorable", date(2027, 3, 12))
        assert ligne.final.libelle == "Favorable"
        assert ligne.final.explication == (
            "Avis d’origine favorable (3\u00a0mars 2027) et avis d’accueil assez favorable (12\u00a0mars 2027) "
            "donnent «\u00a0favorable\u00a0»."
        )
        assert (section.compte_rendu, section.rendu_le) == (TEXTE, date(2027, 3, 12))

    @pytest.mark.parametrize(
        ("affichage", "montre"), [(Affichage.AUCUN, False), (Affichage.INDICATIF, True), (Affichage.AVEC_BONUS, True)]
    )
    def test_ne_montre_d_avis_final_que_si_la_campagne_en_montre(self, eleve, affichage, montre):
        JeuDeRegles.objects.update(affichage=affichage)
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        (section,) = lire(eleve).sections
        assert section.montre_le_final is montre
        assert (section.lignes[0].final is not None) is montre

    def test_ne_dit_les_points_qu_avec_bonus(self, eleve):
        regles = eleve.campagne.regles
        regles.cases.update(points=2500)
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        assert lire(eleve).sections[0].lignes[0].final.points is None
        JeuDeRegles.objects.update(affichage=Affichage.AVEC_BONUS)
        assert lire(eleve).sections[0].lignes[0].final.points == 2500

    def test_une_formation_ajoutee_est_incomplete_tant_que_l_origine_se_tait(self, eleve):
        candidature = candidature_entendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        ajout = FormationFactory(domaine=candidature.domaine, libelle="Boulanger")
        chef = PersonneFactory()
        ajouter_une_formation(candidature=candidature, formation=ajout, avis=Avis.FAVORABLE, par=chef, le=LENDEMAIN)
        assert [ligne.ajoutee for ligne in lire(eleve).sections[0].lignes] == [False]
        transmettre(
            candidature=candidature, texte=TEXTE, avis=avis_pour(candidature), version=0, par=chef, le=LENDEMAIN
        )
        demandee, ajoutee = lire(eleve).sections[0].lignes
        assert demandee.final.case.resultat == Resultat.TRES_FAVORABLE
        assert ajoutee.ajoutee
        assert ajoutee.origine is None
        assert ajoutee.final.case.resultat == Resultat.INCOMPLET
        assert "Non demandée à l’inscription" in texte_de(imprimer(eleve))

    def test_une_seance_collective_n_a_ni_avis_d_accueil_ni_avis_final(self, eleve):
        candidature = CandidatureFactory(
            eleve=eleve,
            accueil__domaine__campagne=eleve.campagne,
            etat=Etat.SEANCE_SUIVIE,
            modalite=Modalite.COLLECTIF,
        )
        entretien_pour(candidature, modalite=Modalite.COLLECTIF)
        donner_l_avis_d_origine(candidature, "favorable")
        fiche = lire(eleve)
        (section,) = fiche.sections
        assert section.phrase == (
            "Séance d’information collective du jeudi 11\u00a0mars 2027. "
            "Ces séances ne donnent lieu ni à un compte-rendu ni à un avis."
        )
        assert not section.montre_l_accueil
        assert not section.montre_le_final
        assert section.lignes[0].final is None
        assert fiche.est_complete
        assert "Avis final" not in texte_de(imprimer(eleve))

    def test_une_absence_se_dit_et_l_avis_final_est_incomplet(self, eleve):
        candidature = CandidatureFactory(eleve=eleve, accueil__domaine__campagne=eleve.campagne, etat=Etat.ABSENTE)
        entretien_pour(candidature, etat=EtatEntretien.ABSENT)
        donner_l_avis_d_origine(candidature, "favorable")
        (section,) = lire(eleve).sections
        assert section.phrase == "Absence à l’entretien du jeudi 11\u00a0mars 2027."
        assert section.lignes[0].final.case.resultat == Resultat.INCOMPLET

    def test_tait_les_desistements_et_les_brouillons(self, eleve):
        candidature = candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne, formations=2)
        retiree = candidature.formations_demandees.last()
        retiree.desistee_le = LENDEMAIN
        retiree.save()
        for etat in (Etat.DESISTEE, Etat.ANNULEE, Etat.BROUILLON):
            CandidatureFactory(
                eleve=eleve, accueil__domaine__campagne=eleve.campagne, etat=etat, accueil__domaine__nom=f"Tu {etat}"
            )
        (section,) = lire(eleve).sections
        assert [ligne.formation for ligne in section.lignes] != []
        assert retiree.formation.intitule not in [ligne.formation for ligne in section.lignes]

    @pytest.mark.parametrize(
        ("etat", "attente"),
        [
            (Etat.INSCRITE, ""),
            (Etat.CONVOQUEE, ""),
            (Etat.REALISEE, "Compte-rendu attendu au plus tard le lundi 15\u00a0mars 2027."),
        ],
    )
    def test_dit_ce_qui_est_attendu_et_reste_provisoire(self, eleve, etat, attente):
        candidature = CandidatureFactory(eleve=eleve, accueil__domaine__campagne=eleve.campagne, etat=etat)
        if etat != Etat.INSCRITE:
            entretien_pour(candidature, etat=EtatEntretien.TENU if attente else EtatEntretien.PREVU)
        fiche = lire(eleve)
        assert fiche.sections[0].attente == attente
        assert not fiche.est_complete
        imprime = texte_de(imprimer(eleve))
        assert f"Version provisoire. Il manque encore une réponse pour : {candidature.domaine.nom}." in imprime
        assert "Fiche provisoire n°" in imprime


class TestEmbargo:
    """T19 : tant que la visualisation n'est pas ouverte, transmis ou non se lisent pareil."""

    @pytest.fixture
    def candidature(self, eleve):
        JeuDeRegles.objects.update(publication=Publication.VISUALISATION)
        Periode.objects.filter(nature=Nature.VISUALISATION).update(debut=date(2027, 5, 3))
        candidature = candidature_entendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        ajouter_une_formation(
            candidature=candidature,
            formation=FormationFactory(domaine=candidature.domaine, libelle="Cachée"),
            avis=Avis.RESERVE,
            par=PersonneFactory(),
            le=LENDEMAIN,
        )
        return candidature

    def test_la_fiche_ne_change_pas_quand_l_accueil_transmet(self, eleve, candidature):
        avant = lire(eleve).empreinte
        transmettre(
            candidature=candidature,
            texte="Texte sous embargo",
            avis=avis_pour(candidature, Avis.RESERVE),
            version=0,
            par=PersonneFactory(),
            le=LENDEMAIN,
        )
        assert lire(eleve).empreinte == avant
        document = texte_de(imprimer(eleve))
        for cache in ("sous embargo", "Cachée", "Spécialité 99999"):
            assert cache not in document
        assert "seront connus à partir du lundi 3 mai 2027" in document

    def test_tout_se_montre_a_l_ouverture(self, eleve, candidature):
        transmettre(
            candidature=candidature,
            texte="Texte enfin lisible",
            avis=avis_pour(candidature, Avis.RESERVE),
            version=0,
            par=PersonneFactory(),
            le=LENDEMAIN,
        )
        ouverture = datetime(2027, 5, 3, tzinfo=PARIS)
        assert lire(eleve, ouverture - timedelta(microseconds=1)).sections[0].compte_rendu == ""
        assert lire(eleve, ouverture).sections[0].compte_rendu == "Texte enfin lisible"
        assert "Cachée" in texte_de(imprimer(eleve, ouverture))

    def test_un_brouillon_ne_se_lit_jamais(self, eleve, candidature):
        avant = lire(eleve, EN_MAI).empreinte
        enregistrer_le_brouillon(
            candidature=candidature,
            texte="Ébauche",
            avis=avis_pour(candidature, Avis.RESERVE),
            version=0,
            par=PersonneFactory(),
            le=LENDEMAIN,
        )
        assert lire(eleve, EN_MAI).empreinte == avant


class TestVersions:
    def test_le_meme_contenu_garde_son_code_et_rien_ne_s_ecrit(self, eleve):
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        assert lire(eleve).code == lire(eleve, EN_MAI).code
        imprimer(eleve)
        assert not Fiche.objects.exists()

    def test_un_changement_fait_une_autre_version(self, eleve):
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        avant = lire(eleve)
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne, debut=JEUDI + timedelta(hours=2))
        apres = lire(eleve)
        assert apres.empreinte != avant.empreinte
        assert apres.code.split("-")[0] == avant.code.split("-")[0] == eleve.code
        assert lire_le_code(avant.code).dit(avant.empreinte)
        assert not lire_le_code(avant.code).dit(apres.empreinte)

    def test_un_code_arrange_n_est_pas_reconnu(self, eleve):
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        sien, contenu, sceau = lire(eleve).code.split("-")
        autre = EleveFactory(campagne=eleve.campagne).code
        for arrange in (f"{autre}-{contenu}-{sceau}", f"{sien}-{contenu[::-1]}-{sceau}", f"{sien}-{contenu}", sien):
            assert lire_le_code(arrange) is None, arrange

    def test_changer_de_secret_ne_perime_pas_les_fiches_remises(self, eleve, settings):
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        fiche = lire(eleve)
        code = fiche.code
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "un autre secret"
        assert fiche.code != code
        assert lire_le_code(code).dit(fiche.empreinte)
        settings.SECRET_KEY_FALLBACKS = []
        assert lire_le_code(code) is None

    def test_l_empreinte_suit_chaque_champ_du_contenu(self, eleve):
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        fiche = lire(eleve)
        (section,) = fiche.sections
        autres = [
            replace(fiche, annee=2028),
            replace(fiche, phrase_affelnet="Autre"),
            replace(fiche, sections=(replace(section, compte_rendu="Autre"),)),
            replace(fiche, sections=(replace(section, lignes=()),)),
        ]
        assert len({fiche.empreinte, *(autre.empreinte for autre in autres)}) == 5


class TestRemise:
    def test_note_la_remise_de_la_version_en_vigueur_une_fois(self, eleve):
        candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        campagne = Campagne.objects.avec_regles().get()
        chef = PersonneFactory()
        assert marquer_comme_remises(campagne=campagne, eleves=[eleve], par=chef, le=LENDEMAIN) == 1
        assert marquer_comme_remises(campagne=campagne, eleves=[eleve], par=chef, le=EN_MAI) == 0
        assert Fiche.objects.get().remise_le == LENDEMAIN
        assert [trace.phrase for trace in Trace.objects.de(eleve)] == [
            f"Fiche récapitulative remise (n°\u00a0{lire(eleve).code})"
        ]

    def test_une_version_qui_revient_se_remet_encore(self, eleve):
        """Corrigée puis rétablie le même jour, la fiche redit ses mots d'avant : elle se remet, et sort de la liste."""
        candidature = candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne)
        campagne, chef = Campagne.objects.avec_regles().get(), PersonneFactory()
        marquer_comme_remises(campagne=campagne, eleves=[eleve], par=chef, le=LENDEMAIN)
        for rang, texte in enumerate(("Autre texte.", TEXTE), start=1):
            le = LENDEMAIN + timedelta(hours=rang)
            corriger(candidature=candidature, texte=texte, avis={}, version=rang, par=chef, le=le)
        soir = LENDEMAIN + timedelta(hours=4)
        assert marquer_comme_remises(campagne=campagne, eleves=[eleve], par=chef, le=soir) == 1
        assert Fiche.objects.get().remise_le == soir

    def test_refuse_une_selection_vide_et_une_campagne_fermee(self, eleve, campagne):
        chef = PersonneFactory()
        with pytest.raises(Refus, match="au moins un élève"):
            marquer_comme_remises(campagne=campagne, eleves=[], par=chef, le=LENDEMAIN)
        with pytest.raises(PeriodeClose):
            marquer_comme_remises(campagne=campagne, eleves=[eleve], par=chef, le=datetime(2027, 6, 1, tzinfo=PARIS))


def test_lit_trente_fiches_en_autant_de_requetes_qu_une(campagne):
    eleves = EleveFactory.create_batch(30, campagne=campagne)
    for eleve in eleves:
        candidature = CandidatureFactory(
            eleve=eleve, accueil__domaine__campagne=campagne, etat=Etat.CONVOQUEE, formations=2
        )
        entretien_pour(candidature, etat=EtatEntretien.PREVU)
    nombres = []
    for choisis in (eleves[:1], eleves):
        lus = list(Eleve.objects.filter(pk__in=[e.pk for e in choisis]).select_related("etablissement"))
        lue = Campagne.objects.avec_regles().get()
        with CaptureQueriesContext(connection) as requetes:
            fiches = fiches_des_eleves(lue, lus, LENDEMAIN)
            assert all(fiche.empreinte for fiche in fiches)
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= 4


class TestDocument:
    COMMENTAIRE = (
        "Yanis a préparé son projet avec soin depuis le mois de septembre. Il a visité deux ateliers, "
        "rencontré un professionnel et pose des questions précises sur les horaires et les gestes du métier. "
    )

    @pytest.fixture
    def document(self, eleve):
        """Trois domaines de deux formations, textes de 600 caractères."""
        commentaire = (self.COMMENTAIRE * 4)[:600]
        texte = ("Une semaine d’observation et une journée portes ouvertes t’aideront à choisir. " * 9)[:600]
        noms = ["Hôtellerie-restauration", "Logistique et transport", "Métiers de l’électricité"]
        for rang, nom in enumerate(noms):
            candidature = candidature_entendue(
                eleve=eleve,
                accueil__domaine__campagne=eleve.campagne,
                accueil__domaine__nom=nom,
                formations=2,
                debut=JEUDI + timedelta(hours=rang),
            )
            donner_l_avis_d_origine(candidature, "favorable", commentaire)
            transmettre(
                candidature=candidature,
                texte=texte,
                avis=avis_pour(candidature, Avis.ASSEZ_FAVORABLE),
                version=0,
                par=PersonneFactory(),
                le=LENDEMAIN,
            )
        return imprimer(eleve)

    def test_tient_en_deux_pages(self, document):
        assert len(PdfReader(io.BytesIO(document)).pages) <= 2

    def test_est_conforme_a_pdf_ua(self, document):
        rapport = page.validate_pdf_bytes(document, profile="ua1")
        assert rapport.is_compliant, [(e.rule_id, e.message) for e in rapport.failures]

    def test_porte_un_titre_une_langue_et_son_code(self, document, eleve):
        lecteur = PdfReader(io.BytesIO(document))
        assert lecteur.metadata.title == "Fiche récapitulative Passpro 2027 – DIALLO Yanis"
        assert lecteur.trailer["/Root"]["/Lang"] == "fr"
        assert f"/fiche/{lire(eleve).code}/" in texte_de(document)

    def test_dit_tout_ce_que_la_famille_doit_lire(self, document):
        texte = texte_de(document)
        for attendu in (
            "Élève : Yanis DIALLO, 3e B",
            "Hôtellerie-restauration",
            "Entretien du jeudi 11 mars 2027.",
            "Avis d’origine favorable (3 mars 2027) et avis d’accueil assez favorable (12 mars 2027)",
            "donnent « favorable ».",
            "rédigé le 12 mars 2027",
            "Passpro ne donne aucune bonification dans Affelnet-Lycée.",
            "Vos vœux se saisissent dans Affelnet-Lycée du lundi 3 mai 2027 au mardi 25 mai 2027",
            "Comment lire les avis ?",
            "Signature de l’élève",
        ):
            assert attendu in texte, attendu
        assert "Version provisoire" not in texte

    def test_tait_l_ine_la_naissance_et_les_personnes(self, document, eleve):
        texte = texte_de(document)
        for cache in ("120890177FA", "2012", "14/05", "14 mai", "Petit", "jury"):
            assert cache not in texte, cache


def test_un_texte_hostile_reste_du_texte(eleve):
    hostile = '<img src="http://127.0.0.1:1/x"><script>alert(1)</script>{{ 7|add:7 }} 🎓'
    candidature_rendue(eleve=eleve, accueil__domaine__campagne=eleve.campagne, texte=hostile)
    document = imprimer(eleve)
    assert "<script>alert(1)</script>{{ 7|add:7 }}" in texte_de(document)
    assert not PdfReader(io.BytesIO(document)).attachments


def test_nomme_le_fichier_sans_accent_ni_espace(eleve):
    eleve.nom, eleve.prenom = "Lefèvre-Ñuñez", "Élodie"
    assert nom_du_fichier(eleve, LENDEMAIN) == "passpro-fiche-3eB-LEFEVRE-NUNEZ-E-2027-03-12.pdf"
