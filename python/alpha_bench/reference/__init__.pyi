from .listing import catalogue as catalogue
