"""Les courriels du référentiel : une demande d'accès, une invitation."""
