"""Ce que devient chaque ligne qui parle d'un élève quand sa conservation finit, table par table (R40, F11).

L'ordre compte : l'historique et les courriels se retrouvent par les lignes qu'ils nomment, ils passent donc d'abord.
Une étape dit quelles lignes elle prend dans une campagne, lesquelles dans le dossier d'un seul élève, et ce qu'elle en
fait ; faite deux fois, elle a le même effet.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Model, Q, QuerySet, TextField, Value, When
from django.db.models.functions import MD5, Concat, Length, Lower, RPad, Trim

from avis.models import AvisAccueil, CompteRendu, ExportAffelnet, Fiche, LigneGroupee, SaisieGroupee, SuiteAffelnet
from candidatures.models import (
    Candidature,
    Classe,
    DemandeDeCreneau,
    DemandeDeTransfert,
    Eleve,
    FormationDemandee,
    LienPersonnel,
    PreInscription,
)
from candidatures.rules import NAISSANCE_EFFACEE, NOM_EFFACE, PRENOM_EFFACE, cle_d_un_eleve
from comptes.models import Trace
from comptes.services import anonymiser_les_traces
from conservation.lectures import cloture_de
from courriers.models import Courriel, Document
from courriers.services import anonymiser_les_courriels, oublier_les_documents
from entretiens.models import Convocation, Creneau, Entretien, Envoi, LigneDeProposition, Proposition, Seance
from referentiel.models import Accueil, Campagne, Derogation, Etablissement, Importation, Travail
from referentiel.models.codes import nouveau_code

CLASSE = "N/A"
TEXTE = "Texte effacé"
EXPORT = "Ce fichier est effacé\u00a0: la durée de conservation de la campagne est passée.\r\n".encode("utf-8-sig")
# Un texte plus court que la mention et l'empreinte ne porte que l'empreinte.
LONGUEUR_DE_LA_MENTION = len(TEXTE) + 2 + 32
# « Anne-Marie Diallo » ne nomme pas « Marie Diallo ».
PAS_UN_MOT_AVANT, PAS_UN_MOT_APRES = r"(?<![\w’'-])", r"(?![\w’'-])"
# Leurs lignes s'effacent parfois avant leur historique, qui seul dit alors de quelle campagne elles étaient.
EFFACABLES = (Eleve, Candidature, Classe, PreInscription, Importation, Travail, Courriel)
# De l'historique d'un établissement, ce qui peut nommer un élève : ses transferts, le motif d'un regard du SAIO.
FAITS_D_UN_ETABLISSEMENT = ("transfert", "consultation")


@dataclass(frozen=True, slots=True)
class Contexte:
    """`cle` remplace les textes : secrète, oubliée à la fin, elle empêche de deviner un texte d'après son reste."""

    cle: str
    le: datetime


@dataclass(frozen=True, slots=True)
class Etape:
    """`nom` est écrit dans l'avancement ; `libelle` (singulier, pluriel) se lit au SAIO, vide s'il n'y aurait rien à y
    comprendre. `eleve` est absent quand la ligne n'est pas d'un élève.
    """

    nom: str
    libelle: tuple[str, str]
    campagne: Callable[[Campagne, datetime], QuerySet]
    geste: Callable[[QuerySet, Sequence[int], Contexte], None]
    eleve: Callable[[Eleve], QuerySet] | None = None


def _ecrire(**valeurs: Any) -> Callable[[QuerySet, Sequence[int], Contexte], None]:
    def geste(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
        lignes.filter(pk__in=cles).update(**valeurs)

    return geste


def _supprimer(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    lignes.filter(pk__in=cles).delete()


def _avec_un_autre_code(**valeurs: Any) -> Callable[[QuerySet, Sequence[int], Contexte], None]:
    """Écrit `valeurs` et tire un autre code : un lien gardé, une fiche imprimée ne mènent plus à la ligne."""

    def geste(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
        if valeurs:
            lignes.filter(pk__in=cles).update(**valeurs)
        objets = list(lignes.model.objects.filter(pk__in=cles).only("pk"))
        for objet in objets:
            objet.code = nouveau_code()
        lignes.model.objects.bulk_update(objets, ["code"])

    return geste


def _effacer_les_traces(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    anonymiser_les_traces(cles=cles)


def _effacer_les_courriels(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    anonymiser_les_courriels(cles=cles, le=contexte.le)


def supprimer_les_travaux(lignes: QuerySet, cles: Sequence[int], contexte: Contexte | None = None) -> None:
    """Les fichiers ne partent qu'une fois la transaction validée : un refus après coup les aurait perdus. Celui que son
    effacement manquerait, le ménage des travaux l'ôte le lendemain."""
    for travail in lignes.filter(pk__in=cles):
        if travail.fichier:
            transaction.on_commit(partial(travail.fichier.storage.delete, travail.fichier.name), robust=True)
        travail.delete()


def _supprimer_les_documents(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    oublier_les_documents(lignes.filter(pk__in=cles))


def _remplacer_les_textes(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    """Un texte de même longueur, le même pour deux textes semblables : le bilan compte comme avant (R35)."""
    longueur = Length(Trim("texte"))
    empreinte = MD5(Concat(Value(contexte.cle), Lower(Trim("texte")), output_field=TextField()))
    mention = Concat(Value(f"{TEXTE}. "), empreinte, output_field=TextField())
    reste = Case(
        When(condition=Q(longueur__lt=LONGUEUR_DE_LA_MENTION), then=RPad(empreinte, longueur, Value("·"))),
        default=RPad(mention, longueur, Value("·")),
        output_field=TextField(),
    )
    choisis = CompteRendu.objects.filter(pk__in=cles).annotate(longueur=longueur)
    choisis.exclude(texte="").update(texte=reste)
    CompteRendu.objects.filter(pk__in=cles).update(renvoi="")


def _oublier_les_empreintes(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    fiches = list(Fiche.objects.filter(pk__in=cles).only("pk"))
    for fiche in fiches:
        fiche.empreinte = token_hex(32)
    Fiche.objects.bulk_update(fiches, ["empreinte"])


def _dans_une_campagne_close(geste: Callable[[QuerySet, Sequence[int], Contexte], None]):
    """La base tient le référentiel d'une campagne close : l'anonymisation le dit, le temps de sa transaction."""

    def ecrire(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
        with connection.cursor() as curseur:
            curseur.execute("SET LOCAL passpro.purge = 'on'")
        geste(lignes, cles, contexte)

    return ecrire


def _sans_texte(champ: str) -> Case:
    """Vide si le texte l'était ; sinon la mention : les chiffres disent encore qu'il y en avait un."""
    return Case(When(**{champ: ""}, then=Value("")), default=Value(TEXTE))


# --- Qui est à qui ------------------------------------------------------------------------------------------------

# Modèle : chemin vers la campagne, chemin vers l'élève (vide : aucun en particulier).
CHEMINS: dict[type[Model], tuple[str, str]] = {
    Eleve: ("campagne", "pk"),
    Candidature: ("domaine__campagne", "eleve"),
    FormationDemandee: ("candidature__domaine__campagne", "candidature__eleve"),
    DemandeDeCreneau: ("candidature__domaine__campagne", "candidature__eleve"),
    DemandeDeTransfert: ("eleve__campagne", "eleve"),
    PreInscription: ("campagne", "eleve"),
    LienPersonnel: ("preinscription__campagne", "preinscription__eleve"),
    Classe: ("campagne", ""),
    Entretien: ("candidature__domaine__campagne", "eleve"),
    Convocation: ("entretien__candidature__domaine__campagne", "entretien__eleve"),
    Envoi: ("campagne", ""),
    Proposition: ("campagne", ""),
    LigneDeProposition: ("proposition__campagne", "candidature__eleve"),
    Seance: ("accueil__domaine__campagne", ""),
    Creneau: ("seance__accueil__domaine__campagne", ""),
    CompteRendu: ("candidature__domaine__campagne", "candidature__eleve"),
    AvisAccueil: ("compte_rendu__candidature__domaine__campagne", "compte_rendu__candidature__eleve"),
    SaisieGroupee: ("campagne", ""),
    LigneGroupee: ("saisie__campagne", "candidature__eleve"),
    Fiche: ("eleve__campagne", "eleve"),
    SuiteAffelnet: (
        "formation_demandee__candidature__domaine__campagne",
        "formation_demandee__candidature__eleve",
    ),
    ExportAffelnet: ("campagne", ""),
    Importation: ("campagne", ""),
    Travail: ("campagne", ""),
    Derogation: ("campagne", ""),
    Accueil: ("domaine__campagne", ""),
}


def _de_la_campagne(modele: type[Model]) -> Callable[[Campagne, datetime], QuerySet]:
    chemin, _ = CHEMINS[modele]
    return lambda campagne, close_le: modele._default_manager.filter(**{chemin: campagne})


def _de_l_eleve(modele: type[Model]) -> Callable[[Eleve], QuerySet] | None:
    _, chemin = CHEMINS[modele]
    return (lambda eleve: modele._default_manager.filter(**{chemin: eleve.pk})) if chemin else None


def _sur(modele: type[Model], nom: str, libelle: tuple[str, str], geste: Callable) -> Etape:
    return Etape(nom, libelle, _de_la_campagne(modele), geste, _de_l_eleve(modele))


def _traces(modele: type[Model], lignes: QuerySet) -> Q:
    return Q(objet_type=modele._meta.label_lower, objet_id__in=lignes.order_by().values("pk"))


def traces_de_la_campagne(campagne: Campagne, close_le: datetime) -> QuerySet:
    """Lignes d'historique des objets de la campagne, des courriels, et de ce qui a disparu avant sa clôture."""
    siennes = Q()
    for modele, (chemin, _) in CHEMINS.items():
        siennes |= _traces(modele, modele._default_manager.filter(**{chemin: campagne}))
    siennes |= _traces(Courriel, courriels_de_la_campagne(campagne, close_le))
    etablissements = Etablissement.objects.filter(academie=campagne.academie_id)
    depuis = _gardee_jusqu_a(campagne, close_le)
    siennes |= _traces(Etablissement, etablissements) & Q(
        le__lte=close_le, le__gt=depuis, fait__in=FAITS_D_UN_ETABLISSEMENT
    )
    for modele in EFFACABLES:
        presentes = modele._default_manager.order_by().values("pk")
        disparues = Q(objet_type=modele._meta.label_lower) & ~Q(objet_id__in=presentes)
        # Une ligne d'avant cette colonne n'en dit rien : la première anonymisation qui suit l'efface.
        siennes |= disparues & (Q(campagne=campagne.pk) | Q(campagne=None, le__lte=close_le))
    return Trace.objects.filter(siennes).exclude(auteur_nom="")


def traces_de_l_eleve(eleve: Eleve) -> QuerySet:
    """Lignes d'historique de son dossier."""
    siennes = Q()
    for modele, (_, chemin) in CHEMINS.items():
        if chemin:
            siennes |= _traces(modele, modele._default_manager.filter(**{chemin: eleve.pk}))
    siennes |= _traces(Courriel, courriels_de_l_eleve(eleve))
    return Trace.objects.filter(siennes).exclude(auteur_nom="")


def courriels_de_la_campagne(campagne: Campagne, close_le: datetime) -> QuerySet:
    """Courriels postés avant la clôture : ceux des établissements de l'académie, et ceux des adresses saisies.

    Ceux d'une campagne plus ancienne, qu'un report garde encore, attendent le terme de celle-ci.
    """
    eleves, demandes = Eleve.objects.filter(campagne=campagne), PreInscription.objects.filter(campagne=campagne)
    siens = (
        Q(uai__in=Etablissement.objects.filter(academie=campagne.academie_id).values("uai"))
        | Q(convocations__entretien__eleve__campagne=campagne)
        | Q(destinataire__in=eleves.exclude(referent_courriel="").values("referent_courriel"))
        | Q(destinataire__in=demandes.exclude(courriel="").values("courriel"))
        | Q(nature="code")
    )
    restants = Courriel.objects.exclude(cle__startswith="anonyme:")
    siens &= Q(poste_le__lte=close_le, poste_le__gt=_gardee_jusqu_a(campagne, close_le))
    return restants.filter(pk__in=restants.filter(siens).values("pk"))


def _gardee_jusqu_a(campagne: Campagne, close_le: datetime) -> datetime:
    """Clôture de la dernière campagne d'avant qui n'est pas encore anonymisée."""
    avant = Campagne.objects.filter(academie=campagne.academie_id, etat=Campagne.Etat.CLOSE)
    gardees = avant.filter(anonymisation__finie_le=None).exclude(pk=campagne.pk)
    clotures = [cloture for gardee in gardees.avec_regles() if (cloture := cloture_de(gardee)) and cloture < close_le]
    return max(clotures, default=datetime.fromtimestamp(0, UTC))


def courriels_de_l_eleve(eleve: Eleve) -> QuerySet:
    """Courriels de ses convocations, et ceux de son académie dont le texte le nomme."""
    restants = Courriel.objects.exclude(cle__startswith="anonyme:")
    siens = Q(convocations__entretien__eleve=eleve) | Q(texte__contains=eleve.code)
    siens |= Q(texte__iregex=expression_de_l_eleve(eleve)) & _dans_son_academie(eleve)
    return restants.filter(pk__in=restants.filter(siens).values("pk"))


def expression_de_l_eleve(eleve: Eleve) -> str:
    """Expression qui trouve « Yanis DIALLO » ou « DIALLO Yanis », jamais ces lettres dans d'autres mots.

    Le nom s'écrit en capitales dans les courriels ; la base ne sait pas toujours y voir « Élie » sous « ÉLIE ».
    """
    nom, prenom = f"(?:{_mots(eleve.nom)}|{_mots(eleve.nom.upper())})", _mots(eleve.prenom)
    return rf"{PAS_UN_MOT_AVANT}(?:{prenom}\s+{nom}|{nom}\s+{prenom}){PAS_UN_MOT_APRES}"


def _mots(texte: str) -> str:
    return r"\s+".join(re.escape(mot) for mot in texte.split())


def _dans_son_academie(eleve: Eleve) -> Q:
    academie = eleve.campagne.academie_id
    lieux = Etablissement.objects.filter(Q(academie=academie) | Q(pk=eleve.etablissement_id))
    return Q(academie=academie) | Q(uai="") | Q(uai__in=lieux.values("uai"))


ETAPES: tuple[Etape, ...] = (
    Etape(
        "historique",
        ("ligne d’historique", "lignes d’historique"),
        traces_de_la_campagne,
        _effacer_les_traces,
        traces_de_l_eleve,
    ),
    Etape("courriels", ("courriel", "courriels"), courriels_de_la_campagne, _effacer_les_courriels),
    _sur(Travail, "travaux", ("document préparé", "documents préparés"), supprimer_les_travaux),
    # Ce qui reste aux autres campagnes se rend de nouveau : un cache se vide sans dommage.
    Etape(
        "documents_rendus",
        ("", ""),
        lambda campagne, close_le: Document.objects.all(),
        _supprimer_les_documents,
        lambda eleve: Document.objects.filter(eleves__contains=[eleve.pk]),
    ),
    Etape(
        "imports",
        ("import d’élèves", "imports d’élèves"),
        lambda campagne, close_le: Importation.objects.filter(campagne=campagne, nature=Importation.Nature.ELEVES),
        _supprimer,
    ),
    _sur(ExportAffelnet, "exports", ("export vers Affelnet", "exports vers Affelnet"), _ecrire(contenu=EXPORT)),
    _sur(LigneDeProposition, "propositions", ("", ""), _supprimer),
    _sur(CompteRendu, "comptes_rendus", ("compte-rendu", "comptes-rendus"), _remplacer_les_textes),
    _sur(LigneGroupee, "saisies_groupees", ("", ""), _ecrire(avant={})),
    _sur(Fiche, "fiches", ("fiche remise", "fiches remises"), _oublier_les_empreintes),
    _sur(Convocation, "convocations", ("convocation", "convocations"), _avec_un_autre_code()),
    _sur(Entretien, "entretiens", ("entretien", "entretiens"), _avec_un_autre_code()),
    _sur(
        DemandeDeCreneau,
        "demandes_de_creneau",
        ("", ""),
        _avec_un_autre_code(message="", reponse=""),
    ),
    _sur(DemandeDeTransfert, "transferts", ("", ""), _avec_un_autre_code()),
    _sur(
        FormationDemandee,
        "formations",
        ("avis et commentaire", "avis et commentaires"),
        _avec_un_autre_code(commentaire=_sans_texte("commentaire")),
    ),
    _sur(
        Candidature,
        "candidatures",
        ("candidature", "candidatures"),
        _avec_un_autre_code(motif=_sans_texte("motif")),
    ),
    _sur(LienPersonnel, "liens", ("", ""), _supprimer),
    _sur(
        PreInscription,
        "preinscriptions",
        ("pré-inscription", "pré-inscriptions"),
        _avec_un_autre_code(
            courriel="",
            saisie={},
            message="",
            jeton_empreinte=None,
            code_empreinte="",
            lien_empreinte="",
            essais_restants=0,
        ),
    ),
    _sur(Classe, "classes", ("classe", "classes"), _supprimer),
    _sur(
        Eleve,
        "eleves",
        ("élève", "élèves"),
        _avec_un_autre_code(
            ine="",
            nom=NOM_EFFACE,
            prenom=PRENOM_EFFACE,
            date_de_naissance=NAISSANCE_EFFACEE,
            classe=CLASSE,
            mef="",
            referent_nom="",
            referent_courriel="",
            cle=cle_d_un_eleve(NOM_EFFACE, PRENOM_EFFACE),
        ),
    ),
    _sur(
        Derogation,
        "derogations",
        ("", ""),
        _dans_une_campagne_close(_ecrire(motif=_sans_texte("motif"))),
    ),
    _sur(
        Accueil,
        "contacts",
        ("contact d’accueil", "contacts d’accueil"),
        _dans_une_campagne_close(_ecrire(contact_nom="", contact_telephone="", contact_courriel="")),
    ),
)
