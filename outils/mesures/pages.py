"""Les pages où l'on passe sa journée, et leur jumelle nue : une requête des mêmes lignes, un tableau, rien d'autre."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.cache import caches
from django.db import connection
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from candidatures.lectures import slug_de_la_classe
from candidatures.models import Eleve
from comptes.models import Personne
from referentiel.listes import PAR_PAGE
from referentiel.models import Campagne, Etablissement, Rattachement
from referentiel.rules.dates import debut_du_jour, jour_de
from referentiel.rules.identifiants import cle_de_recherche

# Par élève ou par candidature, tout ce que la page en montre.
DOSSIER = """
    SELECT e.nom, e.prenom, e.classe, c.etat, c.inscrite_le, d.nom, l.nom, l.commune, f.libelle, fd.avis,
           lower(t.periode), x.nom
    FROM candidatures_eleve e
    JOIN referentiel_etablissement x ON x.id = e.etablissement_id
    {jointure} candidatures_candidature c ON c.eleve_id = e.id
    {jointure} referentiel_domaine d ON d.id = c.domaine_id
    {jointure} referentiel_accueil a ON a.id = c.accueil_id
    {jointure} referentiel_etablissement l ON l.id = a.etablissement_id
    {jointure} candidatures_formationdemandee fd ON fd.candidature_id = c.id
    {jointure} referentiel_formation f ON f.id = fd.formation_id
    LEFT JOIN entretiens_entretien t ON t.candidature_id = c.id
    WHERE {filtre}
"""
CATALOGUE = """
    SELECT d.nom, f.type, f.libelle, l.nom, l.commune, l.departement, o.hors_passpro
    FROM referentiel_offre o
    JOIN referentiel_formation f ON f.id = o.formation_id
    JOIN referentiel_domaine d ON d.id = f.domaine_id
    JOIN referentiel_etablissement l ON l.id = o.etablissement_id
    WHERE d.campagne_id = %s ORDER BY f.libelle, f.type, f.id, l.commune, l.nom LIMIT {limite}
"""
SEMAINE = """
    SELECT lower(k.periode), upper(k.periode), s.salle, j.nom, d.nom, e.nom, e.prenom, k.capacite, k.places_prises
    FROM entretiens_creneau k
    JOIN entretiens_seance s ON s.id = k.seance_id
    JOIN referentiel_accueil a ON a.id = s.accueil_id
    JOIN referentiel_domaine d ON d.id = a.domaine_id
    LEFT JOIN entretiens_jury j ON j.id = s.jury_id
    LEFT JOIN entretiens_entretien t ON t.creneau_id = k.id
    LEFT JOIN candidatures_eleve e ON e.id = t.eleve_id
    WHERE a.etablissement_id = %s
      AND lower(k.periode) >= %s AND lower(k.periode) < %s
    ORDER BY k.periode
"""
RECHERCHE = """
    SELECT e.nom, e.prenom, e.classe, x.nom, x.commune, k.annee
    FROM candidatures_eleve e
    JOIN referentiel_etablissement x ON x.id = e.etablissement_id
    JOIN referentiel_campagne k ON k.id = e.campagne_id
    WHERE k.academie_id = %s AND {mots} ORDER BY e.cle, k.annee DESC LIMIT 20
"""
SUIVI = """
    SELECT l.departement, c.etat, count(*) FROM candidatures_candidature c
    JOIN candidatures_eleve e ON e.id = c.eleve_id
    JOIN referentiel_etablissement l ON l.id = e.etablissement_id
    WHERE e.campagne_id = %s GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Une page, la personne qui l'ouvre, et la requête de sa jumelle nue ; `oublier` : ce qui s'en garde se refait."""

    nom: str
    adresse: str
    personne: Personne | None
    requete: str
    parametres: tuple[Any, ...]
    rapport_vise: float | None = 2.0
    oublier: Callable[[], None] | None = None

    def lignes(self) -> list[tuple]:
        with connection.cursor() as curseur:
            curseur.execute(self.requete, self.parametres)
            return curseur.fetchall()


def pages() -> Iterator[Page]:
    """Les pages de la plus grande académie : un collège, un lycée et un SAIO comme les autres."""
    campagne = Campagne.objects.annotate(n=Count("eleves")).order_by("-n", "pk")[0]
    college = _au_milieu(Etablissement.objects.filter(eleves__campagne=campagne).annotate(n=Count("eleves")))
    lycee = _au_milieu(
        Etablissement.objects.filter(accueils__domaine__campagne=campagne).annotate(n=Count("accueils__candidatures"))
    )
    yield from _pages_du_college(campagne, college)
    yield from _pages_du_lycee(campagne, lycee)
    yield from _pages_de_l_academie(campagne)


def _au_milieu(etablissements: Any) -> Etablissement:
    """L'établissement de taille médiane."""
    tous = list(etablissements.order_by("n", "pk"))
    return tous[len(tous) // 2]


def _chef(etablissement: Etablissement) -> Personne:
    return Rattachement.objects.select_related("personne").get(etablissement=etablissement).personne


def _pages_du_college(campagne: Campagne, college: Etablissement) -> Iterator[Page]:
    chef, uai = _chef(college), college.segment
    eleves = Eleve.objects.de_l_origine(campagne, college.pk)
    classe = eleves.values_list("classe", flat=True).first() or ""
    nom = eleves.order_by("cle")[len(eleves) // 2].nom
    de_l_etablissement = "e.etablissement_id = %s AND e.campagne_id = %s"
    tous = _dossiers("LEFT JOIN", de_l_etablissement, "e.classe, e.cle, e.id", PAR_PAGE * 2)
    ici = (college.pk, campagne.pk)
    adresse = reverse("pilotage:eleves", args=[uai])
    yield Page("Collège : À faire", reverse("pilotage:a_faire_origine", args=[uai]), chef, tous, ici)
    yield Page("Collège : élèves", adresse, chef, tous, ici)
    yield Page(
        "Collège : recherche d’un élève",
        f"{adresse}?q={nom.lower()}",
        chef,
        _dossiers("LEFT JOIN", f"{de_l_etablissement} AND e.cle LIKE %s", "e.classe, e.cle, e.id", PAR_PAGE * 2),
        (*ici, f"%{nom.lower()}%"),
        rapport_vise=3.0,
    )
    yield Page(
        "Collège : avis d’une classe",
        reverse("candidatures:avis_classe", args=[uai, slug_de_la_classe(classe)]),
        chef,
        _dossiers("JOIN", f"{de_l_etablissement} AND e.classe = %s", "e.cle, e.id", 200),
        (*ici, classe),
    )


def _pages_du_lycee(campagne: Campagne, lycee: Etablissement) -> Iterator[Page]:
    chef, uai = _chef(lycee), lycee.segment
    candidats = _dossiers("JOIN", "a.etablissement_id = %s AND c.inscrite_le IS NOT NULL", "e.cle, c.id", PAR_PAGE * 2)
    yield Page("Lycée : À faire", reverse("pilotage:a_faire_accueil", args=[uai]), chef, candidats, (lycee.pk,))
    yield Page("Lycée : candidats", reverse("pilotage:candidats", args=[uai]), chef, candidats, (lycee.pk,))
    yield Page(
        "Lycée : planning de la semaine",
        reverse("entretiens:planning", args=[uai]),
        chef,
        SEMAINE,
        (lycee.pk, *_semaine()),
    )


def _semaine() -> tuple[datetime, datetime]:
    """Bornes de la semaine que montre le planning, à l'heure de Paris."""
    aujourd_hui = jour_de(timezone.now())
    lundi = aujourd_hui - timedelta(days=aujourd_hui.weekday())
    return debut_du_jour(lundi), debut_du_jour(lundi + timedelta(days=7))


def _pages_de_l_academie(campagne: Campagne) -> Iterator[Page]:
    saio = Rattachement.objects.select_related("personne").get(academie=campagne.academie, role="saio").personne
    catalogue = Page(
        "Public : catalogue",
        f"{reverse('referentiel:catalogue')}?academie={campagne.academie.code}",
        None,
        CATALOGUE.format(limite=PAR_PAGE),
        (campagne.pk,),
    )
    yield catalogue
    refait = "Public : catalogue, qui vient de changer"
    yield replace(catalogue, nom=refait, rapport_vise=None, oublier=caches["catalogue"].clear)
    yield Page("SAIO : À faire", reverse("pilotage:academie"), saio, SUIVI, (campagne.pk,))
    yield Page("SAIO : suivi", reverse("pilotage:suivi"), saio, SUIVI, (campagne.pk,))
    milieu = Eleve.objects.filter(campagne=campagne).order_by("cle")
    eleve = milieu[milieu.count() // 2]
    for quoi, mots in (("nom", [eleve.nom]), ("nom et prénom", [eleve.nom, eleve.prenom])):
        cles = [cle_de_recherche(mot) for mot in mots]
        yield Page(
            f"SAIO : recherche d’un {quoi}",
            f"{reverse('conservation:eleves')}?{urlencode({'q': ' '.join(mots)})}",
            saio,
            RECHERCHE.format(mots=" AND ".join(["e.cle LIKE %s"] * len(cles))),
            (campagne.academie_id, *(f"%{cle}%" for cle in cles)),
            rapport_vise=3.0,
        )


def _dossiers(jointure: str, filtre: str, ordre: str, limite: int) -> str:
    return DOSSIER.format(jointure=jointure, filtre=filtre) + f" ORDER BY {ordre} LIMIT {limite}"
