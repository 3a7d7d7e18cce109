"""Les huit comptes de la démonstration. Leur mot de passe n'existe que là."""

from dataclasses import dataclass

MOT_DE_PASSE = "demonstration-passpro"


@dataclass(frozen=True, slots=True)
class Compte:
    courriel: str
    civilite: str
    prenom: str
    nom: str
    fonction: str
    role: str
    lieu: str
    mot_de_passe: str = MOT_DE_PASSE

    @property
    def cote(self) -> str:
        """« établissement d’origine », « établissement d’accueil » ou « académie »."""
        if "college" in self.lieu:
            return "établissement d’origine"
        return "établissement d’accueil" if "lycee" in self.lieu else "académie"


COMPTES = (
    Compte("chef.origine@passpro.example", "Mme", "Hélène", "Aubry", "Principale", "chef", "college"),
    Compte("gestionnaire.origine@passpro.example", "M.", "Karim", "Haddad", "Secrétariat", "gestionnaire", "college"),
    Compte("autre.origine@passpro.example", "Mme", "Sylvie", "Colas", "Principale", "chef", "autre_college"),
    Compte("chef.accueil@passpro.example", "M.", "Denis", "Vasseur", "Proviseur", "chef", "lycee"),
    Compte("gestionnaire.accueil@passpro.example", "Mme", "Inès", "Lopes", "Secrétariat", "gestionnaire", "lycee"),
    Compte("autre.accueil@passpro.example", "Mme", "Maud", "Rivière", "Proviseure", "chef", "autre_lycee"),
    Compte("observateur@passpro.example", "M.", "Paul", "Delmas", "Direction de CIO", "observateur", "departement"),
    Compte("saio@passpro.example", "Mme", "Lucie", "Tessier", "Pôle Prébac", "saio", "academie"),
)
