"""Ce qui se demande au référentiel : au catalogue, à qui entre, à qui gère un établissement ou le SAIO."""
