"""Ce qui se demande pour un compte-rendu, pour plusieurs, pour un essai de matrice, et dans les listes."""
