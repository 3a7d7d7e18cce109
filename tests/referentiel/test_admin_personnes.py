"""Établissements, personnes, textes, courriels et historique dans l'administration (S9, S10, S11, R37, R39)."""

from datetime import date

import pytest
from django.urls import reverse

from comptes.models import Personne, Trace
from comptes.preuve import PREUVE
from courriers.models import Courriel
from referentiel.models import Annonce, Derogation, Etablissement, Rattachement
from tests.factories.administration import (
    saisie_de,
    un_courriel_pour,
    un_etablissement_de,
    un_saio,
    une_autre_academie,
)
from tests.factories.candidatures import CandidatureFactory
from tests.factories.referentiel import (
    AcademieFactory,
    CampagneFactory,
    EtablissementFactory,
    PersonneFactory,
    RattachementFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def saio(connecter):
    return connecter(un_saio())


def fiche(objet) -> str:
    return reverse(f"admin:{objet._meta.app_label}_{objet._meta.model_name}_change", args=[objet.pk])


def liste(modele: str, **requete) -> tuple[str, dict]:
    return reverse(f"admin:{modele}_changelist"), requete


# Établissements -----------------------------------------------------------------------------------------------

NOUVEAU = {
    "nom": "Collège neuf",
    "type": "Collège",
    "secteur": "Public",
    "commune": "Créteil",
    "departement": "094",
    "alias-TOTAL_FORMS": 0,
    "alias-INITIAL_FORMS": 0,
}


def test_un_uai_est_mis_au_propre_et_sa_lettre_controlee(saio):
    ajout, academie = reverse("admin:referentiel_etablissement_add"), AcademieFactory().pk
    page = saio.post(ajout, NOUVEAU | {"academie": academie, "uai": "093 1024 a"})
    assert "La lettre du code UAI ne correspond pas à ses chiffres\u00a0: H attendue." in page.content.decode()
    assert saio.post(ajout, NOUVEAU | {"academie": academie, "uai": "093 1024 h"}).status_code == 302
    assert Etablissement.objects.get().uai == "0931024H"


def test_un_alias_n_est_jamais_le_code_d_un_autre(saio):
    porteur, autre = EtablissementFactory(), EtablissementFactory()
    saisie = saisie_de(saio, fiche(porteur)) | {"alias-TOTAL_FORMS": 1, "alias-0-uai": autre.uai.lower()}
    page = saio.post(fiche(porteur), saisie)
    assert f"{autre.uai} est déjà le code principal d’un établissement." in page.content.decode()


def test_la_recherche_ignore_les_accents(saio):
    EtablissementFactory(nom="Lycée Évariste-Galois", commune="Sevran")
    adresse, requete = liste("referentiel_etablissement", q="EVARISTE sévran")
    assert "Évariste-Galois" in saio.get(adresse, requete).content.decode()


def test_les_etablissements_d_ailleurs_ne_sont_ni_montres_ni_proposes(saio):
    ailleurs = un_etablissement_de(une_autre_academie(), "0750419Y", nom="Lycée parisien")
    EtablissementFactory(nom="Lycée cristolien")
    page = saio.get(reverse("admin:referentiel_etablissement_changelist")).content.decode()
    assert "Lycée cristolien" in page
    assert "Lycée parisien" not in page
    assert saio.get(fiche(ailleurs)).status_code == 302
    propositions = saio.get(
        reverse("admin:autocomplete"),
        {"term": "lycee", "app_label": "referentiel", "model_name": "derogation", "field_name": "etablissement"},
    ).json()["results"]
    assert [choix["text"] for choix in propositions if "parisien" in choix["text"]] == []
    assert len(propositions) == 1


# Dérogations et annonces --------------------------------------------------------------------------------------


def test_une_derogation_depasse_la_periode_ou_n_est_pas(saio):
    campagne, etablissement = CampagneFactory(), EtablissementFactory()
    saisie = {
        "campagne": campagne.pk,
        "etablissement": etablissement.pk,
        "nature": "inscription",
        "jusqu_au": "30/04/2027",
        "motif": "Incendie",
    }
    ajout = reverse("admin:referentiel_derogation_add")
    page = saio.post(ajout, saisie).content.decode()
    assert "ne dépasse pas la fin de la période, le vendredi 30\u00a0avril 2027" in page
    assert saio.post(ajout, saisie | {"jusqu_au": "03/05/2027"}).status_code == 302
    derogation = Derogation.objects.get()
    assert derogation.jusqu_au == date(2027, 5, 3)
    phrase = Trace.objects.de(derogation).get().phrase
    assert phrase.startswith(f"Dérogation accordée à {etablissement.nom_et_commune}\u00a0: inscription des élèves")
    assert phrase.endswith("jusqu’au lundi 3\u00a0mai 2027.")


def test_une_derogation_modifiee_dit_ce_qui_change_et_rien_si_rien_ne_change(saio):
    campagne = CampagneFactory()
    derogation = campagne.derogations.create(
        etablissement=EtablissementFactory(), nature="inscription", jusqu_au=date(2027, 5, 3), motif="Incendie"
    )
    page = reverse("admin:referentiel_derogation_change", args=[derogation.pk])
    for jour in ("03/05/2027", "07/05/2027"):
        assert saio.post(page, {"jusqu_au": jour, "motif": "Incendie"}).status_code == 302
    trace = Trace.objects.de(derogation).get()
    assert trace.avant == {"jusqu’au (inclus)": "lundi 3\u00a0mai 2027", "motif": "Incendie"}
    assert trace.apres == {"jusqu’au (inclus)": "vendredi 7\u00a0mai 2027", "motif": "Incendie"}
    assert trace.auteur is not None
    perimee = saio.post(page, {"jusqu_au": "10/05/2027", "motif": "Incendie", "version": "0"}).content.decode()
    assert "jusqu’au (inclus)\u00a0: vendredi 7\u00a0mai 2027. Votre saisie est gardée" in perimee
    assert campagne.derogations.get().jusqu_au == date(2027, 5, 7)


def test_une_derogation_ne_vise_pas_un_etablissement_d_ailleurs(saio):
    ailleurs = un_etablissement_de(une_autre_academie(), "0750419Y")
    saisie = {
        "campagne": CampagneFactory().pk,
        "etablissement": ailleurs.pk,
        "nature": "inscription",
        "jusqu_au": "03/05/2027",
        "motif": "Incendie",
    }
    assert saio.post(reverse("admin:referentiel_derogation_add"), saisie).status_code == 200
    assert not Derogation.objects.exists()


def test_effacer_une_derogation_laisse_une_trace(saio):
    derogation = CampagneFactory().derogations.create(
        etablissement=EtablissementFactory(), nature="inscription", jusqu_au=date(2027, 5, 3), motif="Incendie"
    )
    cle = derogation.pk
    saio.post(reverse("admin:referentiel_derogation_delete", args=[cle]), {"post": "yes"})
    trace = Trace.objects.get(objet_type="referentiel.derogation", objet_id=cle)
    assert trace.fait == "effacement"
    assert trace.avant["motif"] == "Incendie"


def test_une_seule_annonce_importante_a_la_fois(saio):
    campagne = CampagneFactory()
    saisie = {
        "campagne": campagne.pk,
        "titre": "Maintenance",
        "texte": "Demain.",
        "du_0": "01/04/2027",
        "du_1": "08:00",
        "au_0": "03/04/2027",
        "au_1": "18:00",
        "importante": "on",
    }
    ajout = reverse("admin:referentiel_annonce_add")
    assert saio.post(ajout, saisie).status_code == 302
    page = saio.post(ajout, saisie | {"titre": "Autre"}).content.decode()
    assert (
        "Une annonce importante est déjà en ligne jusqu’au samedi 3\u00a0avril 2027\xa0: «\xa0Maintenance\xa0»." in page
    )
    assert Annonce.objects.count() == 1


# Personnes ----------------------------------------------------------------------------------------------------


def test_une_personne_se_cree_sans_mot_de_passe_avec_sa_place(saio):
    etablissement = EtablissementFactory()
    saisie = {
        "civilite": "Mme",
        "prenom": "Nadia",
        "nom": "Ferrand",
        "courriel": "nadia.ferrand@creteil.example",
        "is_active": "on",
        "rattachements-TOTAL_FORMS": 1,
        "rattachements-INITIAL_FORMS": 0,
        "rattachements-0-role": "chef",
        "rattachements-0-etablissement": etablissement.pk,
        "rattachements-0-origine": "on",
    }
    assert saio.post(reverse("admin:comptes_personne_add"), saisie).status_code == 302
    personne = Personne.objects.get(nom="Ferrand")
    assert not personne.has_usable_password()
    assert personne.rattachements.get().etablissement == etablissement


def test_une_place_au_mauvais_endroit_se_dit_dans_le_formulaire(saio):
    personne = PersonneFactory()
    saisie = saisie_de(saio, fiche(personne)) | {
        "rattachements-TOTAL_FORMS": 1,
        "rattachements-0-role": "chef",
        "rattachements-0-academie": AcademieFactory().pk,
    }
    page = saio.post(fiche(personne), saisie)
    assert page.status_code == 200
    assert "Chef et gestionnaire ont un établissement et un côté" in page.content.decode()


def test_le_mot_de_passe_ne_se_voit_jamais(saio):
    personne = PersonneFactory(mot_de_passe="un-mot-de-passe-de-test")
    page = saio.get(fiche(personne)).content.decode()
    assert "argon2" not in page
    assert "password" not in page.replace("password_change", "")
    saio.post(fiche(personne), saisie_de(saio, fiche(personne)) | {"nom": "Autre"})
    assert "argon2" not in str(list(Trace.objects.values()))
    personne.refresh_from_db()
    assert personne.check_password("un-mot-de-passe-de-test")


def test_le_saio_ne_se_fait_pas_administration_generale(saio, django_user_model):
    soi = django_user_model.objects.get()
    saisie = saisie_de(saio, fiche(soi)) | {"is_superuser": "on", "groups": "1"}
    saio.post(fiche(soi), saisie)
    soi.refresh_from_db()
    assert not soi.is_superuser
    generale = django_user_model.objects.create_superuser("tout@passpro.example", prenom="A", nom="B")
    assert saio.get(fiche(generale)).status_code == 302


def test_qui_a_une_place_ailleurs_se_lit_sans_se_changer(saio):
    ici = RattachementFactory(etablissement=EtablissementFactory()).personne
    RattachementFactory(personne=ici, etablissement=un_etablissement_de(une_autre_academie(), "0750419Y"))
    page = saio.get(fiche(ici))
    assert page.status_code == 200
    assert "0750419Y" not in page.content.decode()
    assert saio.post(fiche(ici), {"courriel": "pris@ailleurs.example"}).status_code == 403
    seulement_ailleurs = RattachementFactory(
        etablissement=un_etablissement_de(Etablissement.objects.get(uai="0750419Y").academie, "0750588G")
    ).personne
    assert saio.get(fiche(seulement_ailleurs)).status_code == 302


# Lecture seule ------------------------------------------------------------------------------------------------


def test_un_courriel_se_lit_sans_ses_liens_et_seulement_chez_soi(saio):
    ici = un_courriel_pour(EtablissementFactory())
    ailleurs = un_courriel_pour(un_etablissement_de(une_autre_academie(), "0750419Y", messagerie="p@paris.example"))
    page = saio.get(fiche(ici)).content.decode()
    assert "invitation/secret" not in page
    assert "[lien masqué]" in page
    assert 'name="_save"' not in page
    assert saio.get(fiche(ailleurs)).status_code == 302
    assert "p@paris.example" not in saio.get(reverse("admin:courriers_courriel_changelist")).content.decode()


def test_un_dossier_d_eleve_se_lit_et_la_lecture_se_consigne(saio):
    eleve = CandidatureFactory().eleve
    assert saio.get(fiche(eleve)).status_code == 200
    assert Trace.objects.de(eleve).get().fait == "consultation"
    assert saio.post(fiche(eleve), {"nom": "Autre"}).status_code == 403
    assert saio.post(reverse("admin:candidatures_eleve_delete", args=[eleve.pk]), {"post": "yes"}).status_code == 403


def test_les_eleves_d_une_autre_academie_n_existent_pas(saio):
    ailleurs = CandidatureFactory(
        accueil__domaine__campagne=CampagneFactory(academie=une_autre_academie()), eleve__nom="Introuvable"
    )
    assert "INTROUVABLE" not in saio.get(reverse("admin:candidatures_eleve_changelist")).content.decode()
    assert saio.get(fiche(ailleurs.eleve)).status_code == 302
    assert saio.get(fiche(ailleurs)).status_code == 302
    assert not Trace.objects.de(ailleurs.eleve).exists()


def test_l_historique_montre_celui_de_l_academie_et_ne_se_change_pas(saio):
    ici = CampagneFactory()
    saio.post(
        reverse("admin:referentiel_domaine_add"),
        {"campagne": ici.pk, "nom": "Neuf", "modalite": "collectif", "formations-TOTAL_FORMS": 0}
        | {"formations-INITIAL_FORMS": 0},
    )
    trace = Trace.objects.get(objet_type="referentiel.domaine")
    ailleurs = Trace.objects.create(
        objet_type="referentiel.domaine",
        objet_id=10**6,
        fait="x",
        phrase="Secret d’ailleurs",
        auteur_nom="X",
        le=trace.le,
    )
    page = saio.get(reverse("admin:comptes_trace_changelist")).content.decode()
    assert trace.phrase in page
    assert "Secret d’ailleurs" not in page
    assert saio.get(fiche(ailleurs)).status_code == 302
    assert saio.post(fiche(trace), {"phrase": "autre"}).status_code == 403


# Comptes : ni mot de passe tapé, ni changement sans preuve (R38, T7) ---------------------------------------------


def test_changer_une_adresse_demande_une_preuve_et_previent_l_ancienne(saio):
    personne = RattachementFactory().personne
    ancienne = personne.courriel
    saisie = saisie_de(saio, fiche(personne)) | {"courriel": "neuve@creteil.example"}
    session = saio.session
    session[PREUVE] -= 3600
    session.save()
    page = saio.post(fiche(personne), saisie).content.decode()
    assert "Confirmez que c’est bien vous" in page
    assert "neuve@creteil.example" in page
    personne.refresh_from_db()
    assert personne.courriel == ancienne
    session[PREUVE] += 3600
    session.save()
    assert saio.post(fiche(personne), saisie).status_code == 302
    courriel = Courriel.objects.get()
    assert courriel.destinataire == ancienne
    assert "neuve@creteil.example" in courriel.texte


def test_donner_une_place_demande_une_preuve(saio):
    personne = PersonneFactory()
    session = saio.session
    session[PREUVE] -= 3600
    session.save()
    academie = Rattachement.objects.get(role=Rattachement.Role.SAIO).academie
    saisie = {"personne": personne.pk, "role": "saio", "academie": academie.pk}
    page = saio.post(reverse("admin:referentiel_rattachement_add"), saisie).content.decode()
    assert "Confirmez que c’est bien vous" in page
    assert not Rattachement.objects.filter(personne=personne).exists()


def test_un_lien_part_de_la_liste_a_qui_peut_le_recevoir(saio):
    active, fermee = RattachementFactory().personne, RattachementFactory(personne__is_active=False).personne
    adresse, _ = liste("comptes_personne")
    saisie = {"action": "envoyer_des_liens", "_selected_action": [active.pk, fermee.pk]}
    page = saio.post(adresse, saisie, follow=True).content.decode()
    assert "Liens envoyés\xa0: 1 sur 2." in page
    assert Courriel.objects.get().destinataire == active.courriel


def test_l_administration_n_a_pas_sa_propre_page_de_mot_de_passe(saio):
    """Elle ne compterait pas les essais, ne préviendrait personne, laisserait les autres sessions ouvertes."""
    saisie = {"old_password": "faux", "new_password1": "une autre phrase", "new_password2": "une autre phrase"}
    for reponse in (saio.get(reverse("admin:password_change")), saio.post(reverse("admin:password_change"), saisie)):
        assert reponse.url == reverse("comptes:changer_le_mot_de_passe")
