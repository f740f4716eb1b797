"""Screens of the chapter's later subjects, one module each; `orders/admin.py` brings them in."""
