"""Un élève lit, corrige, efface ses données : le SAIO lui répond, et c'est noté (R40)."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse

from avis.suivi import comptes_rendus_en_retard, de_ce_suivi, entretiens_a_rendre
from candidatures.models import Candidature, Eleve
from candidatures.rules import LIBELLES, Etat
from candidatures.services import inscrire, modifier_un_eleve
from comptes.models import Evenement, Trace
from conservation import services
from conservation.models import Effacement
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Creneau, Entretien
from entretiens.rules.etats import EtatEntretien
from pilotage.selectors.taches import ACCUEIL, ORIGINE
from referentiel.models import JeuDeRegles, Periode, Travail
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import jour_de
from referentiel.rules.jeu import Publication
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.services import clore_la_campagne
from tests.conservation.test_anonymisation import dans_la_base, dans_les_fichiers
from tests.factories.conservation import COMPTE_RENDU, INE, NOM, NUIT, PRENOM, SceneNommee
from tests.factories.inscriptions import une_saisie
from tests.factories.referentiel import (
    AcademieFactory,
    CampagneFactory,
    EtablissementFactory,
    OffreFactory,
    RattachementFactory,
)
from tests.factories.travaux import TravailFactory
from tests.pilotage.test_comptes_prepares import nombres, ou_de


@pytest.fixture
def scene(db, horloge):
    return SceneNommee()


@pytest.fixture
def saio(scene, connecter):
    return connecter(scene.saio.personne)


def adresse(nom: str, eleve: Eleve) -> str:
    return reverse(f"conservation:{nom}", args=[eleve.code])


def test_on_cherche_un_eleve_par_son_ine_ou_son_nom(scene, saio):
    eleve = scene.eleve()
    for cherche in (eleve.ine, eleve.ine.lower(), NOM.upper(), f"{PRENOM} {NOM}"):
        assert eleve.nom_affiche in saio.get(reverse("conservation:eleves"), {"q": cherche}).content.decode()
    assert "Aucun élève" in saio.get(reverse("conservation:eleves"), {"q": "personne"}).content.decode()
    assert eleve.ine in saio.get(adresse("rectifier", eleve)).content.decode()
    lue = Evenement.objects.sur(eleve).get()
    assert (lue.nature, lue.personne) == (Evenement.Nature.DOSSIER, scene.saio.personne)


def test_une_recherche_laisse_une_ligne_par_resultat_et_rien_de_ce_qui_fut_tape(scene, saio, horloge):
    """Qui a vu des noms se lit au journal, sans une ligne par frappe (R39, R40)."""
    eleves, page = [scene.eleve() for _ in range(2)], reverse("conservation:eleves")
    for cherche in (NOM, NOM.upper(), NOM[:5], "personne"):
        saio.get(page, {"q": cherche})
    saio.head(page, {"q": NOM})
    noms = Evenement.objects.filter(nature=Evenement.Nature.NOMS)
    ligne = noms.get()
    assert ligne.phrase == "Recherche d’un élève\u00a0: 2\u00a0noms montrés."
    assert ligne.details == {"academie": scene.campagne.academie.pk, "eleves": sorted(e.pk for e in eleves)}
    saio.get(page, {"q": eleves[0].nom_affiche})
    assert noms.latest("pk").phrase.endswith("1\u00a0nom montré.")
    horloge.le += timedelta(hours=1)
    saio.get(page, {"q": NOM})
    assert noms.count() == 3
    assert NOM.lower() not in str(list(noms.values())).lower()
    assert "Recherche d’un élève" in saio.get(reverse("referentiel:journal")).content.decode()


def test_l_eleve_d_une_autre_academie_n_existe_pas(scene, connecter):
    paris = CampagneFactory(academie=AcademieFactory(code="paris", nom="Paris")).academie
    ailleurs = connecter(RattachementFactory(saio=True, academie=paris).personne)
    eleve = scene.eleve()
    for nom in ("eleve", "rectifier", "effacer"):
        assert ailleurs.get(adresse(nom, eleve)).status_code == 404
    assert ailleurs.post(adresse("emporter", eleve)).status_code == 404
    assert "Aucun élève" in ailleurs.get(reverse("conservation:eleves"), {"q": NOM}).content.decode()
    assert not Trace.objects.de(eleve).exists()


def test_l_archive_dit_tout_ce_que_passpro_garde_et_rien_ne_s_y_execute(scene, saio):
    rendue = scene.rendue(texte=f"<script>alert(1)</script> {COMPTE_RENDU}")
    eleve = rendue.eleve
    reponse = saio.post(adresse("emporter", eleve))
    assert reponse.status_code == 200
    with zipfile.ZipFile(io.BytesIO(reponse.content)) as archive:
        donnees, page = json.loads(archive.read("donnees.json")), archive.read("donnees.html").decode()
    dites = json.dumps(donnees, ensure_ascii=False)
    for valeur in (eleve.nom, eleve.prenom, eleve.ine, "2011-07-13", eleve.referent_courriel, COMPTE_RENDU):
        assert valeur in dites
        assert valeur in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert Trace.objects.de(eleve).first().fait == "export"


def emporte(saio, eleve: Eleve) -> str:
    reponse = saio.post(adresse("emporter", eleve))
    with zipfile.ZipFile(io.BytesIO(reponse.content)) as archive:
        return archive.read("donnees.json").decode() + archive.read("donnees.html").decode()


def test_l_archive_ne_dit_rien_d_un_compte_rendu_avant_sa_date(scene, saio):
    """L'élève et sa famille n'en savent rien avant la visualisation, ici non plus (R30, T19)."""
    rendue = scene.rendue(texte=COMPTE_RENDU)
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(publication=Publication.VISUALISATION)
    Periode.objects.filter(campagne=scene.campagne, nature=Nature.VISUALISATION).delete()
    Periode.objects.create(campagne=scene.campagne, nature=Nature.VISUALISATION, debut=jour_de(scene.le) + 2 * NUIT)
    avant = emporte(saio, rendue.eleve)
    assert COMPTE_RENDU not in avant
    assert "transmis" not in avant
    assert LIBELLES[Etat.RENDUE] not in avant
    assert "sur une autre demande" in avant
    Periode.objects.filter(campagne=scene.campagne, nature=Nature.VISUALISATION).update(debut=jour_de(scene.le))
    apres = emporte(saio, rendue.eleve)
    assert COMPTE_RENDU in apres
    assert "sur une autre demande" not in apres


def _un_texte(scene, texte: str, **champs: object) -> Courriel:
    commun = {"nature": "essai", "destinataire": scene.college.messagerie, "sujet": "Passpro : essai", "html": texte}
    envoye = {"etat": EtatCourriel.ENVOYE, "poste_le": scene.le, "prochain_essai_le": scene.le, "envoye_le": scene.le}
    return Courriel.objects.create(cle=texte, texte=texte, **commun | envoye | champs)


def test_un_courriel_qui_nomme_toute_une_classe_ne_livre_ni_ne_perd_les_autres(scene, saio):
    """Un nom court n'est pas celui d'un autre, ni une autre académie la sienne (R37, R40)."""
    eleve = scene.eleve(nom="Éli", prenom="Anne")
    ailleurs = EtablissementFactory(academie=AcademieFactory(code="paris", nom="Paris"))
    commun = {"uai": scene.college.uai}
    de_classe = _un_texte(scene, "9 h : ÉLI Anne, 3e B.\n10 h : BRUNET Chloé, 3e B.", **commun)
    autres = [
        _un_texte(scene, "Convocation de SÉLIGNON Marianne.", **commun),
        _un_texte(scene, "10 h : ÉLI Jean-Anne. Anne ÉLIOT.", **commun),
        _un_texte(scene, "9 h : ÉLI Anne, 3e C.", uai=ailleurs.uai),
    ]
    donnees = emporte(saio, eleve)
    assert "9 h : ÉLI Anne, 3e B." in donnees
    for autre in ("BRUNET", "SÉLIGNON", "ÉLIOT", "3e C"):
        assert autre not in donnees
    services.effacer_un_eleve(eleve=eleve, motif="Demande", par=scene.saio.personne, le=scene.le)
    de_classe.refresh_from_db()
    assert de_classe.texte == ""
    assert Courriel.objects.filter(pk__in=[a.pk for a in autres]).exclude(texte="").count() == len(autres)


def test_une_identite_rectifiee_est_annoncee_a_ceux_qui_la_lisent(scene, saio):
    candidature = scene.candidature()
    eleve = candidature.eleve
    champs = {"nom": eleve.nom, "prenom": "Rectifié", "date_de_naissance": "2011-07-13", "ine": ""}
    champs["motif"] = "Lettre de la famille, le 2 mars"
    assert saio.post(adresse("rectifier", eleve), champs).url == adresse("eleve", eleve)
    eleve.refresh_from_db()
    assert (eleve.prenom, eleve.ine) == ("Rectifié", "")
    trace = Trace.objects.de(eleve).get(fait="modification")
    assert trace.apres["prenom"] == "Rectifié"
    annonces = Courriel.objects.filter(nature="rectification")
    assert set(annonces.values_list("destinataire", flat=True)) == {
        scene.college.messagerie,
        eleve.referent_courriel,
        scene.lycee.messagerie,
    }
    assert saio.post(adresse("rectifier", eleve), champs | {"nom": " "}).status_code == 200
    assert "s’appelle Rectifié" in annonces.first().texte
    annonces.delete()
    saio.post(adresse("rectifier", eleve), champs | {"date_de_naissance": "2011-07-14"})
    texte = annonces.first().texte
    assert f"a rectifié la date de naissance de Rectifié {eleve.nom.upper()}." in texte
    assert "s’appelle" not in texte


def test_ce_que_la_campagne_n_admet_plus_n_empeche_pas_de_rectifier(scene, saio):
    """Le SAIO change les règles en cours d'année : l'élève déjà inscrit garde le droit d'être bien nommé (R11, R40)."""
    eleve = scene.eleve(mef="10310019110")
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(
        niveaux_admis=["3e_prepa_metiers"], mef_admis=["16710002110"]
    )
    champs = {"nom": "Rectifié", "prenom": eleve.prenom, "date_de_naissance": "2011-07-13", "ine": eleve.ine}
    assert saio.post(adresse("rectifier", eleve), champs | {"motif": "Lettre du 2 mars"}).status_code == 302
    eleve.refresh_from_db()
    assert (eleve.nom, eleve.mef) == ("Rectifié", "10310019110")


def test_un_eleve_efface_libere_son_creneau_et_n_est_plus_nomme(scene, saio, connecter):
    entretien = scene.convoquee()
    eleve = entretien.eleve
    TravailFactory(campagne=scene.campagne, etablissement=scene.college, titre=f"Fiche de {eleve.nom}")
    autre = scene.rendue(eleve=eleve, texte=f"Texte {COMPTE_RENDU}")
    inscrite = scene.candidature(eleve=eleve)
    brouillon, absente = scene.candidature(Etat.BROUILLON, eleve=eleve), scene.candidature(Etat.ABSENTE, eleve=eleve)
    question = saio.get(adresse("effacer", eleve)).content.decode()
    assert "son créneau libéré" in question
    assert f"La candidature pour {inscrite.domaine} sera annulée" in question
    assert f"La candidature en préparation pour {brouillon.domaine} sera annulée" in question
    assert saio.post(adresse("effacer", eleve), {"motif": "Demande écrite du 2 mars"}).url == reverse(
        "conservation:eleves"
    )
    assert Candidature.objects.get(pk=entretien.candidature_id).etat == Etat.ANNULEE
    assert Candidature.objects.get(pk=autre.pk).etat == Etat.RENDUE
    assert {Candidature.objects.get(pk=annulee.pk).etat for annulee in (inscrite, brouillon, absente)} == {Etat.ANNULEE}
    assert Entretien.objects.get(pk=entretien.pk).etat == EtatEntretien.ANNULE
    assert Creneau.objects.get(pk=entretien.creneau_id).places_prises == 0
    assert Travail.objects.count() == 0
    effacement = Effacement.objects.get()
    annonces = Courriel.objects.filter(pk__in=effacement.courriels)
    assert annonces.filter(texte__icontains=NOM, nature="annulation").exists()
    assert set(dans_la_base()) == {"courriers_courriel"}
    annonces.update(etat=EtatCourriel.ENVOYE, envoye_le=scene.le)
    assert services.finir_les_effacements(le=scene.le + timedelta(hours=1)) == len(effacement.courriels)
    assert services.finir_les_effacements(le=scene.le + timedelta(hours=2)) == 0
    assert dans_la_base() == {}
    assert dans_les_fichiers() == set()
    dossier = Eleve.objects.get(pk=eleve.pk)
    assert [trace.fait for trace in Trace.objects.de(dossier)][:1] == ["effacement"]
    assert INE not in saio.get(adresse("eleve", dossier)).content.decode()
    with pytest.raises(Refus, match="déjà effacées"):
        services.effacer_un_eleve(eleve=dossier, motif="Encore", par=scene.saio.personne, le=scene.le)
    identite = {"nom": NOM, "prenom": PRENOM, "date_de_naissance": "2011-07-13", "ine": "", "motif": "Demande"}
    assert "déjà effacées" in saio.post(adresse("rectifier", dossier), identite).content.decode()
    assert dans_la_base() == {}
    origine = connecter(scene.chef_origine.personne)
    assert origine.get(reverse("pilotage:eleve", args=[scene.college.segment, dossier.code])).status_code == 200
    _rien_n_y_revient(scene, dossier)


def _rien_n_y_revient(scene, dossier: Eleve) -> None:
    """Ni une modification ni une inscription du collège ne reprend un dossier effacé."""
    par, le = scene.chef_origine.personne, scene.le
    saisie = une_saisie(nom=NOM, prenom=PRENOM)
    with pytest.raises(Refus, match="rien n’y revient"):
        modifier_un_eleve(eleve=dossier, saisie=saisie, par=par, le=le)
    accueil = scene.accueil()
    formation = OffreFactory(formation__domaine=accueil.domaine, etablissement=scene.lycee).formation
    with pytest.raises(Refus, match="rien n’y revient"):
        inscrire(eleve=dossier, choix=[(accueil, [formation])], par=par, le=le)


def test_d_un_eleve_efface_on_n_attend_plus_rien(scene):
    """Ni présence à noter, ni compte-rendu ou avis à écrire : personne ne sait plus de qui il s'agit (R40)."""
    hier = scene.le - timedelta(days=1)
    for etat, debut, presence in (
        (Etat.REALISEE, scene.le - timedelta(days=10), EtatEntretien.TENU),
        (Etat.REALISEE, hier, EtatEntretien.TENU),
        (Etat.CONVOQUEE, hier, EtatEntretien.PREVU),
    ):
        scene.avec_entretien(etat, debut=debut, presence=presence)
    scene.a_relire()
    assert all(ce_qu_on_attend(scene).values())
    for eleve in Eleve.objects.filter(candidatures__entretiens__isnull=False).distinct():
        services.effacer_un_eleve(eleve=eleve, motif="Demande", par=scene.saio.personne, le=scene.le)
    assert not any(ce_qu_on_attend(scene).values())
    assert Candidature.objects.filter(etat=Etat.REALISEE).count() == 3
    lus = nombres(ou_de(scene, "chef_origine"), ORIGINE)
    assert [lus[code] for code in ("avis-manquants", "avis", "sans-referent")] == [0, 0, 0]


def ce_qu_on_attend(scene) -> dict[str, int]:
    """Ce que comptent « À faire », la file des comptes-rendus et les relances."""
    lus = nombres(ou_de(scene, "chef_accueil"), ACCUEIL)
    codes = ("comptes-rendus-en-retard", "comptes-rendus-a-saisir", "comptes-rendus-a-relire", "presences")
    a_rendre = entretiens_a_rendre(scene.campagne, scene.lycee.pk, scene.le)
    return {code: lus[code] for code in codes} | {
        "file": de_ce_suivi(a_rendre, None, scene.campagne, scene.le).count(),
        "relances": comptes_rendus_en_retard(scene.campagne, scene.le).count(),
    }


@pytest.mark.django_db(transaction=True)
def test_un_effacement_qui_echoue_ne_perd_aucun_fichier(horloge):
    scene = SceneNommee()
    eleve = scene.eleve()
    travail = TravailFactory(campagne=scene.campagne, fichier=ContentFile(b"%PDF", name="fiches.pdf"))
    with transaction.atomic():
        services.effacer_un_eleve(eleve=eleve, motif="Demande", par=scene.saio.personne, le=scene.le)
        transaction.set_rollback(True)
    assert not Effacement.objects.exists()
    assert travail.fichier.storage.exists(travail.fichier.name)
    services.effacer_un_eleve(eleve=eleve, motif="Demande", par=scene.saio.personne, le=scene.le)
    assert not travail.fichier.storage.exists(travail.fichier.name)


def test_une_campagne_close_se_rectifie_encore_avec_un_motif(scene, saio):
    """Le droit de rectification ne s'éteint pas avec la campagne (R1, R40)."""
    rendue = scene.rendue()
    eleve = rendue.eleve
    clore_la_campagne(campagne=scene.campagne, par=scene.saio.personne, le=scene.le)
    saisie = une_saisie(nom="Autre", prenom=eleve.prenom)
    with pytest.raises(PeriodeClose):
        modifier_un_eleve(
            eleve=Eleve.objects.get(pk=eleve.pk), saisie=saisie, par=scene.chef_origine.personne, le=scene.le
        )
    champs = {"nom": "Rectifié", "prenom": eleve.prenom, "date_de_naissance": "2011-07-13", "ine": eleve.ine}
    page = saio.post(adresse("rectifier", eleve), champs | {"motif": " "}).content.decode()
    assert "Dites à la demande de qui" in page
    assert "seules ces quatre données y changent" in page
    reponse = saio.post(adresse("rectifier", eleve), champs | {"motif": "Lettre du 3 juin"})
    assert reponse.url == adresse("eleve", eleve)
    eleve.refresh_from_db()
    assert eleve.nom == "Rectifié"
    traces = list(Trace.objects.de(eleve)[:2])
    assert {trace.fait for trace in traces} == {"modification", "rectification"}
    assert any("Lettre du 3 juin" in trace.phrase for trace in traces)
    rendue.refresh_from_db()
    assert rendue.etat == Etat.RENDUE


def test_l_effacement_demande_de_prouver_qui_l_on_est(scene, saio):
    eleve = scene.eleve()
    session = saio.session
    session["preuve_le"] = 0
    session.save()
    assert reverse("comptes:preuve") in saio.get(adresse("effacer", eleve)).url
    saio.post(adresse("effacer", eleve), {"motif": "Demande"})
    saio.post(adresse("emporter", eleve))
    assert not Effacement.objects.exists()
    assert not Trace.objects.de(eleve).exists()
