"""Ce que dit une pré-inscription : sa saisie relue au catalogue, ce qui y manque, ce que le SAIO contrôle (R21)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from candidatures.models import Candidature, Eleve, FormationDemandee, PreInscription
from candidatures.rules import pourquoi_pas_admis
from referentiel.models import Accueil, Campagne, Etablissement, Formation
from referentiel.rules.dates import INSECABLE, jour_de, jours_ouvres_entre
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LIBELLES_NIVEAUX, Modalite, Niveau

Choix = list[tuple[Accueil, list[Formation]]]
SUGGESTIONS = 5


class Etape(StrEnum):
    """Les étapes de la démarche, dans l'ordre ; la valeur est le segment d'adresse (écran P8)."""

    ETABLISSEMENT = "etablissement"
    VERIFICATION = "verification"
    ELEVE = "eleve"
    FORMATIONS = "formations"
    AVIS = "avis"
    RECAPITULATIF = "recapitulatif"


TITRES: dict[Etape, str] = {
    Etape.ETABLISSEMENT: "Établissement",
    Etape.VERIFICATION: "Vérification du courriel",
    Etape.ELEVE: "Élève",
    Etape.FORMATIONS: "Formations",
    Etape.AVIS: "Avis et commentaires",
    Etape.RECAPITULATIF: "Récapitulatif",
}
TYPES: dict[str, str] = {
    "cfa": "CFA",
    "hors_contrat": "Privé hors contrat",
    "autre_academie": "Établissement d’une autre académie",
    "autre": "Autre",
}


@dataclass(frozen=True, slots=True)
class Demandeur:
    """L'établissement et la personne qui demandent."""

    type: str = ""
    nom: str = ""
    uai: str = ""
    ville: str = ""
    responsable: str = ""
    fonction: str = ""
    telephone: str = ""
    raison: str = ""

    @property
    def libelle_du_type(self) -> str:
        return TYPES.get(self.type, "")

    @property
    def signature(self) -> str:
        """« M. Dupont, directeur »."""
        return ", ".join(filter(None, (self.responsable, self.fonction)))


@dataclass(frozen=True, slots=True)
class EleveSaisi:
    """L'élève tel que le demandeur l'écrit."""

    nom: str = ""
    prenom: str = ""
    date_de_naissance: str = ""
    ine: str = ""
    classe: str = ""
    niveau: str = Niveau.TROISIEME.value
    referent_nom: str = ""
    referent_courriel: str = ""

    @property
    def naissance(self) -> date | None:
        return date.fromisoformat(self.date_de_naissance) if self.date_de_naissance else None

    @property
    def libelle_du_niveau(self) -> str:
        return LIBELLES_NIVEAUX[Niveau(self.niveau)]

    @property
    def nom_affiche(self) -> str:
        return f"{self.nom.upper()} {self.prenom}"

    @property
    def initiales(self) -> str:
        return f"{self.prenom[:1]}. {self.nom[:1]}.".upper()


@dataclass(frozen=True, slots=True)
class Demande:
    """La saisie d'une pré-inscription, relue au catalogue d'aujourd'hui."""

    demandeur: Demandeur
    eleve: EleveSaisi
    choix: Choix = field(default_factory=list)
    avis: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def formations(self) -> list[Formation]:
        return [formation for _, formations in self.choix for formation in formations]

    def avis_sur(self, formation: Formation) -> tuple[str, str]:
        """Avis et commentaire, vides tant qu'ils ne sont pas donnés."""
        donne = self.avis.get(str(formation.pk), {})
        return donne.get("avis", ""), donne.get("commentaire", "")


def lire(preinscription: PreInscription, catalogue: "Catalogue | None" = None) -> Demande:
    """Relit la saisie ; ce qui n'est plus au catalogue n'y est plus."""
    saisie = preinscription.saisie
    catalogue = catalogue or Catalogue.des([preinscription])
    return Demande(
        demandeur=Demandeur(**saisie.get("etablissement", {})),
        eleve=EleveSaisi(**saisie.get("eleve", {})),
        choix=catalogue.choix(saisie.get("choix", [])),
        avis=saisie.get("avis", {}),
    )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Les accueils et les formations que nomment des demandes, lus en deux requêtes."""

    accueils: dict[int, Accueil]
    formations: dict[int, Formation]

    @classmethod
    def des(cls, preinscriptions: Collection[PreInscription]) -> "Catalogue":
        campagnes = {preinscription.campagne_id for preinscription in preinscriptions}
        choix = [ligne for p in preinscriptions for ligne in p.saisie.get("choix", [])]
        accueils = Accueil.objects.filter(
            pk__in={ligne["accueil"] for ligne in choix}, domaine__campagne__in=campagnes
        ).select_related("domaine__campagne", "etablissement")
        formations = Formation.objects.filter(
            pk__in={cle for ligne in choix for cle in ligne["formations"]}, domaine__campagne__in=campagnes
        ).select_related("domaine")
        return cls({a.pk: a for a in accueils}, {f.pk: f for f in formations}) if choix else cls({}, {})

    def choix(self, lignes: list[dict]) -> Choix:
        retenus = [
            (self.accueils[ligne["accueil"]], [self.formations[c] for c in ligne["formations"] if c in self.formations])
            for ligne in lignes
            if ligne["accueil"] in self.accueils
        ]
        return [(accueil, formations) for accueil, formations in retenus if formations]


def avis_facultatif(accueil: Accueil, campagne: Campagne) -> bool:
    """Vrai si une séance collective se passe de l'avis d'origine (R5)."""
    return accueil.modalite == Modalite.COLLECTIF and not campagne.regles.avis_requis_en_collectif


def premiere_etape_a_faire(preinscription: PreInscription, demande: Demande, campagne: Campagne) -> Etape:
    """L'étape où la saisie s'est arrêtée ; le récapitulatif quand rien ne manque."""
    manque = {
        Etape.ETABLISSEMENT: not demande.demandeur.nom,
        Etape.VERIFICATION: preinscription.confirmee_le is None,
        Etape.ELEVE: not demande.eleve.nom,
        Etape.FORMATIONS: not demande.choix,
        Etape.AVIS: any(
            not all(demande.avis_sur(formation))
            for accueil, formations in demande.choix
            for formation in formations
            if not avis_facultatif(accueil, campagne)
        ),
    }
    return next((etape for etape, reste in manque.items() if reste), Etape.RECAPITULATIF)


def demandes_a_aviser(demande: Demande, campagne: Campagne) -> list[FormationDemandee]:
    """Les formations demandées, prêtes pour le formulaire des avis, sans que rien soit écrit."""
    eleve = Eleve(campagne=campagne, nom=demande.eleve.nom, prenom=demande.eleve.prenom, etablissement=Etablissement())
    lignes = []
    for accueil, formations in demande.choix:
        candidature = Candidature(eleve=eleve, accueil=accueil, domaine=accueil.domaine, modalite=accueil.modalite)
        for formation in formations:
            avis, commentaire = demande.avis_sur(formation)
            lignes.append(
                FormationDemandee(
                    code=f"f{formation.pk}",
                    candidature=candidature,
                    formation=formation,
                    avis=avis,
                    commentaire=commentaire,
                )
            )
    return lignes


def passe_par_arena(etablissement: Etablissement, campagne: Campagne) -> bool:
    """Vrai d'un établissement public ou privé sous contrat de l'académie, CFA exceptés : un fait public (écran P8).

    Rien ne dit ici si quelqu'un y a un compte (T9).
    """
    if etablissement.academie_id != campagne.academie_id or "CFA" in etablissement.type.upper():
        return False
    sous_contrat = bool(etablissement.contrat) and "hors" not in cle_de_recherche(etablissement.contrat)
    return cle_de_recherche(etablissement.secteur) == "public" or sous_contrat


# Le SAIO ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Controle:
    """Une vérification, et ce qu'elle a trouvé ; `bloque` empêche l'acceptation."""

    question: str
    reponse: str
    attention: bool = False
    bloque: bool = False


def controles(preinscription: PreInscription, demande: Demande) -> list[Controle]:
    """UAI connu, élève déjà inscrit, niveau admis, demande en double (écran S5)."""
    campagne = preinscription.campagne
    return [
        _controler_l_uai(demande.demandeur, campagne),
        _controler_l_eleve(demande.eleve, campagne, preinscription),
        _controler_le_niveau(demande.eleve, campagne),
        _controler_le_double(preinscription, demande.eleve),
        _controler_les_formations(preinscription, demande),
    ]


def etablissement_de(demandeur: Demandeur) -> Etablissement | None:
    """L'établissement dont le demandeur a donné le code, s'il est connu."""
    return Etablissement.objects.connu_sous(demandeur.uai).first() if demandeur.uai else None


def eleve_deja_inscrit(eleve: EleveSaisi, campagne: Campagne) -> Eleve | None:
    """Élève de la campagne au même INE ; sans INE, de mêmes noms et date de naissance (R10, R12)."""
    eleves = Eleve.objects.filter(campagne=campagne).select_related("etablissement")
    if eleve.ine and (trouve := eleves.filter(ine=eleve.ine).first()):
        return trouve
    semblables = eleves.filter(cle=cle_de_recherche(eleve.nom, eleve.prenom), date_de_naissance=eleve.naissance)
    return (semblables.filter(ine="") if eleve.ine else semblables).first()


def suggestions(demandeur: Demandeur) -> list[Etablissement]:
    """Établissements connus de nom voisin, dans la même ville d'abord."""
    mots = [mot for mot in cle_de_recherche(demandeur.nom).split() if len(mot) > 3]
    trouves = Etablissement.objects.all()
    for mot in mots[-2:]:
        trouves = trouves.filter(recherche__contains=mot)
    ville = cle_de_recherche(demandeur.ville)
    candidats = (
        sorted(trouves[:50], key=lambda e: (cle_de_recherche(e.commune) != ville, cle_de_recherche(e.nom)))
        if mots
        else []
    )
    return candidats[:SUGGESTIONS]


def age_en_jours_ouvres(preinscription: PreInscription, le: datetime) -> int:
    recue = preinscription.recue_le
    return jours_ouvres_entre(jour_de(recue), jour_de(le)) if recue else 0


def _controler_l_uai(demandeur: Demandeur, campagne: Campagne) -> Controle:
    question = "UAI connu\u00a0?"
    if not demandeur.uai:
        return Controle(
            question, ("Aucun code UAI n’est donné\u00a0: choisissez l’établissement ci-dessous."), attention=True
        )
    etablissement = etablissement_de(demandeur)
    if etablissement is None:
        return Controle(question, f"{demandeur.uai} n’est pas dans Passpro\u00a0: l’établissement sera créé.")
    if passe_par_arena(etablissement, campagne):
        raison = f" Raison donnée\u00a0: {demandeur.raison}" if demandeur.raison else ""
        return Controle(question, f"{etablissement} passe par ARENA.{raison}", attention=True)
    return Controle(question, f"Oui\u00a0: {etablissement}.")


def _controler_l_eleve(eleve: EleveSaisi, campagne: Campagne, preinscription: PreInscription) -> Controle:
    question = "Élève déjà inscrit\u00a0?"
    trouve = eleve_deja_inscrit(eleve, campagne)
    if trouve is None or trouve.pk == preinscription.eleve_id:
        return Controle(question, "Non.")
    ou = f"{trouve.etablissement.nom_et_commune}, {trouve.classe}"
    if trouve.etablissement == etablissement_de(Demandeur(**preinscription.saisie.get("etablissement", {}))):
        return Controle(question, f"Oui, dans cet établissement\u00a0: ses formations seront complétées ({ou}).")
    if eleve.ine and trouve.ine == eleve.ine:
        return Controle(question, f"Cet élève est déjà inscrit dans l’académie ({ou}).", attention=True, bloque=True)
    return Controle(question, f"Même nom et même date de naissance\u00a0: {ou}.", attention=True)


def _controler_le_niveau(eleve: EleveSaisi, campagne: Campagne) -> Controle:
    admis = [Niveau(niveau) for niveau in campagne.regles.niveaux_admis]
    raison = pourquoi_pas_admis(Niveau(eleve.niveau), admis)
    if raison:
        return Controle("Niveau admis\u00a0?", raison, attention=True, bloque=True)
    return Controle("Niveau admis\u00a0?", f"Oui\u00a0: {eleve.libelle_du_niveau}.")


def _controler_le_double(preinscription: PreInscription, eleve: EleveSaisi) -> Controle:
    autres = PreInscription.objects.deposees().filter(campagne=preinscription.campagne_id).exclude(pk=preinscription.pk)
    autres = autres.filter(saisie__eleve__date_de_naissance=eleve.date_de_naissance)
    cle = cle_de_recherche(eleve.nom, eleve.prenom)
    doubles = [
        f"{autre.reference} ({autre.get_etat_display().lower()})"
        for autre in autres
        if (lu := EleveSaisi(**autre.saisie["eleve"])) and cle_de_recherche(lu.nom, lu.prenom) == cle
    ]
    if doubles:
        return Controle("Demande en double\u00a0?", f"Même élève{INSECABLE}: {', '.join(doubles)}.", attention=True)
    return Controle("Demande en double\u00a0?", "Non.")


def _controler_les_formations(preinscription: PreInscription, demande: Demande) -> Controle:
    voulues = sum(len(ligne["formations"]) for ligne in preinscription.saisie.get("choix", []))
    if len(demande.formations) < voulues:
        phrase = "Une formation demandée n’est plus au catalogue\u00a0: demandez un complément."
        return Controle("Formations au catalogue\u00a0?", phrase, attention=True, bloque=True)
    return Controle("Formations au catalogue\u00a0?", "Oui.")
