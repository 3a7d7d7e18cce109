"""Les comptes de la démonstration. Leur mot de passe n'existe que là."""

from dataclasses import dataclass

MOT_DE_PASSE = "demonstration-passpro"


@dataclass(frozen=True, slots=True)
class Compte:
    """`lieu` : la place dans le décor (« college », « lycee »…) ; `academies` : les codes de celles où elle est."""

    courriel: str
    civilite: str
    prenom: str
    nom: str
    fonction: str
    role: str
    lieu: str
    academies: tuple[str, ...] = ("creteil",)
    mot_de_passe: str = MOT_DE_PASSE

    @property
    def cote(self) -> str:
        """« établissement d’origine », « établissement d’accueil » ou « académie »."""
        if "college" in self.lieu:
            return "établissement d’origine"
        return "établissement d’accueil" if "lycee" in self.lieu else "académie"

    @property
    def groupe(self) -> str:
        """Sous quel titre le compte se range : « Académie de Paris », « Académies de Créteil et de Paris »."""
        noms = [NOMS_DES_ACADEMIES[code] for code in self.academies]
        return f"Académie{'s' if len(noms) > 1 else ''} de {' et de '.join(noms)}"


NOMS_DES_ACADEMIES = {"creteil": "Créteil", "paris": "Paris"}
PARIS = ("paris",)
COMPTES = (
    Compte("chef.origine@passpro.example", "Mme", "Hélène", "Aubry", "Principale", "chef", "college"),
    Compte("gestionnaire.origine@passpro.example", "M.", "Karim", "Haddad", "Secrétariat", "gestionnaire", "college"),
    Compte("autre.origine@passpro.example", "Mme", "Sylvie", "Colas", "Principale", "chef", "autre_college"),
    Compte("chef.accueil@passpro.example", "M.", "Denis", "Vasseur", "Proviseur", "chef", "lycee"),
    Compte("gestionnaire.accueil@passpro.example", "Mme", "Inès", "Lopes", "Secrétariat", "gestionnaire", "lycee"),
    Compte("autre.accueil@passpro.example", "Mme", "Maud", "Rivière", "Proviseure", "chef", "autre_lycee"),
    Compte("observateur@passpro.example", "M.", "Paul", "Delmas", "Direction de CIO", "observateur", "departement"),
    Compte("saio@passpro.example", "Mme", "Lucie", "Tessier", "Pôle Prébac", "saio", "academie"),
    Compte("chef.origine.paris@passpro.example", "M.", "Nicolas", "Blin", "Principal", "chef", "college", PARIS),
    Compte("chef.accueil.paris@passpro.example", "Mme", "Aline", "Weber", "Proviseure", "chef", "lycee", PARIS),
    Compte("saio.paris@passpro.example", "M.", "Thibault", "Noël", "Pôle orientation", "saio", "academie", PARIS),
    Compte(
        "region@passpro.example", "Mme", "Nora", "Leroux", "Région académique", "saio", "academie", ("creteil", "paris")
    ),
)


def comptes_de(academie: str) -> list[Compte]:
    """Comptes qui ont une place dans l'académie de code `academie`."""
    return [compte for compte in COMPTES if academie in compte.academies]
