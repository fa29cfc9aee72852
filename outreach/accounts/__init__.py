"""Users, what they may do and where: Flask-Security signs them in, memberships open the doors."""
