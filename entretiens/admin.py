"""Séances, entretiens et convocations, à la seule lecture du SAIO."""

from django.contrib import admin

from comptes.administration import Consultation
from entretiens.models import Convocation, Entretien, Envoi, Seance
from referentiel.admin.socle import Lignes, RechercheSansAccents
from referentiel.rules.dates import dire_heure, dire_instant


@admin.register(Seance)
class SeanceAdmin(RechercheSansAccents, Consultation):
    chemin_academie = "accueil__domaine__campagne__academie"
    list_display = ["horaire", "accueil", "modalite", "jury", "salle"]
    list_filter = ["accueil__domaine__campagne", "modalite", "accueil__domaine"]
    search_fields = ["accueil__etablissement__recherche", "accueil__domaine__slug"]
    search_help_text = "Établissement d’accueil ou domaine, sans égard aux accents."
    list_select_related = ["accueil__domaine", "accueil__etablissement", "jury"]
    fields = ["accueil", "modalite", "horaire", "salle", "jury", "annulee_le"]

    @admin.display(description="horaire", ordering="periode")
    def horaire(self, seance: Seance) -> str:
        return f"{dire_instant(seance.periode.lower)} – {dire_heure(seance.periode.upper)}"


class ConvocationInline(Lignes):
    model = Convocation
    fields = ["sequence", "nature", "lieu", "envoi", "remise_le"]


@admin.register(Entretien)
class EntretienAdmin(RechercheSansAccents, Consultation):
    chemin_academie = "candidature__domaine__campagne__academie"
    inlines = [ConvocationInline]
    list_display = ["horaire", "identite", "domaine", "accueil", "etat", "sequence"]
    list_filter = ["candidature__domaine__campagne", "etat", "candidature__domaine"]
    search_fields = ["eleve__cle", "candidature__accueil__etablissement__recherche"]
    search_help_text = "Élève ou établissement d’accueil, sans égard aux accents."
    list_select_related = ["eleve", "candidature__domaine", "candidature__accueil__etablissement"]
    fields = ["candidature", "horaire", "accueil", "etat", "sequence", "cree_le"]

    @admin.display(description="horaire", ordering="periode")
    def horaire(self, entretien: Entretien) -> str:
        return f"{dire_instant(entretien.periode.lower)} – {dire_heure(entretien.periode.upper)}"

    @admin.display(description="élève", ordering="eleve__cle")
    def identite(self, entretien: Entretien) -> str:
        return str(entretien.eleve)

    @admin.display(description="domaine", ordering="candidature__domaine__cle")
    def domaine(self, entretien: Entretien) -> str:
        return entretien.candidature.domaine.nom

    @admin.display(description="accueil", ordering="candidature__accueil__etablissement__cle")
    def accueil(self, entretien: Entretien) -> str:
        return entretien.candidature.accueil.etablissement.nom_et_commune


@admin.register(Envoi)
class EnvoiAdmin(Consultation):
    chemin_academie = "campagne__academie"
    list_display = ["le", "etablissement", "par", "part_le", "rappele_le"]
    list_filter = ["campagne", "le"]
    list_select_related = ["etablissement", "par"]
    date_hierarchy = "le"
