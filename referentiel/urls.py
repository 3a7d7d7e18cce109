"""Adresses du catalogue public, des accès, des invitations, des imports, des courriels et des travaux."""

from django.urls import path

from referentiel.views import (
    acces,
    catalogue,
    courriels,
    fiches,
    gestion,
    guichets,
    importations,
    invitations,
    journal,
    publiques,
    regards,
    travaux,
    utilisateurs,
)

app_name = "referentiel"
urlpatterns = [
    *(
        chemin
        for nature in ("etablissements", "catalogue")
        for chemin in (
            path(f"academie/{nature}/import/", importations.deposer, {"nature": nature}, name=f"importer_{nature}"),
            *(
                path(f"academie/{nature}/import/<str:code>/{segment}/", vue, {"nature": nature}, name=f"{nom}_{nature}")
                for segment, nom, vue in (
                    ("comparaison", "comparer", importations.comparer),
                    ("rapport", "rapport", importations.rapport),
                    ("abandon", "abandonner", importations.abandonner),
                )
            ),
        )
    ),
    path("academie/catalogue/import/<str:code>/sauvegarde/", importations.sauvegarde, name="sauvegarde_catalogue"),
    path("academie/catalogue/export/", importations.exporter_le_catalogue, name="exporter_catalogue"),
    path("connexion/arena/", guichets.arena, name="arena"),
    *(
        chemin
        for cle, depart in (("proconnect", guichets.depart_proconnect), ("oidc", guichets.depart_oidc))
        for chemin in (
            path(f"connexion/{cle}/", depart, name=f"depart_{cle}"),
            path(
                f"connexion/{cle}/retour/",
                guichets.retour_d_un_fournisseur,
                {"fournisseur": cle},
                name=f"retour_{cle}",
            ),
        )
    ),
    path("connexion/acces/", acces.pas_encore_ouvert, name="pas_encore_ouvert"),
    path("invitation/<str:jeton>/", invitations.repondre, name="invitation"),
    *(
        chemin
        for cote in ("origine", "accueil")
        for chemin in (
            path(
                f"{cote}/<str:uai>/equipe/inviter/",
                getattr(invitations, f"inviter_{cote}"),
                name=f"inviter_{cote}",
            ),
            path(
                f"{cote}/<str:uai>/equipe/invitations/<str:code>/renvoyer/",
                getattr(invitations, f"renvoyer_{cote}"),
                name=f"renvoyer_une_invitation_{cote}",
            ),
            path(
                f"{cote}/<str:uai>/equipe/invitations/<str:code>/retirer/",
                getattr(invitations, f"retirer_{cote}"),
                name=f"retirer_une_invitation_{cote}",
            ),
        )
    ),
    path("academie/utilisateurs/", utilisateurs.utilisateurs, name="utilisateurs"),
    path("academie/utilisateurs/<int:cle>/", utilisateurs.utilisateur, name="utilisateur"),
    path("academie/utilisateurs/<int:cle>/lien/", utilisateurs.lien_de_mot_de_passe, name="lien_de_mot_de_passe"),
    path(
        "academie/utilisateurs/<int:cle>/second-facteur/",
        utilisateurs.reinitialiser_le_facteur,
        name="reinitialiser_le_facteur",
    ),
    path("academie/invitations/", utilisateurs.invitations, name="invitations"),
    path("academie/invitations/inviter/", utilisateurs.inviter, name="inviter_dans_l_academie"),
    path("academie/invitations/liste/", utilisateurs.inviter_une_liste, name="inviter_une_liste"),
    path("academie/invitations/<str:code>/renvoyer/", utilisateurs.renvoyer_l_invitation, name="renvoyer_l_invitation"),
    path("academie/invitations/<str:code>/retirer/", utilisateurs.retirer_l_invitation, name="retirer_l_invitation"),
    path("academie/acces-demandes/", acces.demandes_d_acces, name="demandes_d_acces"),
    path("academie/acces-demandes/<str:code>/", acces.demande_d_acces, name="demande_d_acces"),
    path("origine/<str:uai>/equipe/demandes/<str:code>/", acces.demande_a_l_origine, name="demande_d_acces_origine"),
    path("accueil/<str:uai>/equipe/demandes/<str:code>/", acces.demande_a_l_accueil, name="demande_d_acces_accueil"),
    path("academie/courriels/", courriels.courriels, name="courriels"),
    path("academie/courriels/renvoyer/", courriels.renvoyer_les_courriels, name="renvoyer_les_courriels"),
    path("academie/courriels/<int:cle>/", courriels.courriel, name="courriel"),
    path("academie/courriels/<int:cle>/renvoyer/", courriels.renvoyer, name="renvoyer_un_courriel"),
    path("academie/courriels/<int:cle>/autre-adresse/", courriels.renvoyer_ailleurs, name="renvoyer_ailleurs"),
    path("academie/journal/", journal.journal, name="journal"),
    path("academie/journal.xlsx", journal.journal_xlsx, name="journal_xlsx"),
    path("academie/voir/", regards.voir, name="voir_un_espace"),
    path("academie/voir/quitter/", regards.quitter, name="quitter_le_regard"),
    path("origine/<str:uai>/etablissement/", gestion.coordonnees_origine, name="coordonnees_origine"),
    path("accueil/<str:uai>/etablissement/", gestion.coordonnees_accueil, name="coordonnees_accueil"),
    path("origine/<str:uai>/exports/", gestion.exports_origine, name="exports_origine"),
    path("accueil/<str:uai>/exports/", gestion.exports_accueil, name="exports_accueil"),
    path("traitements/<str:code>/", travaux.travail, name="travail"),
    path("traitements/<str:code>/etat/", travaux.avancement, name="travail_avancement"),
    path("traitements/<str:code>/fichier/", travaux.fichier, name="travail_fichier"),
    path("traitements/<str:code>/relancer/", travaux.relancer, name="travail_relancer"),
    path("formations/", catalogue.catalogue, name="catalogue"),
    path("formations.xlsx", catalogue.catalogue_xlsx, name="catalogue_xlsx"),
    path("formations.csv", catalogue.catalogue_csv, name="catalogue_csv"),
    path("formations/<slug:slug>/", fiches.formation, name="formation"),
    path("formations/<slug:slug>/<str:uai>/", fiches.offre, name="offre"),
    path("domaines/<slug:slug>/", fiches.domaine, name="domaine"),
    path("etablissements/<str:uai>/", fiches.etablissement, name="etablissement"),
    path("calendrier/", publiques.calendrier, name="calendrier"),
    path("calendrier.ics", publiques.calendrier_ics, name="calendrier_ics"),
]
