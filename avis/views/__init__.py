"""Les écrans des comptes-rendus et des fiches."""
