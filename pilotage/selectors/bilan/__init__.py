"""Les chiffres du bilan, agrégés par la base, sans nom d'élève (R35, écran S3)."""
