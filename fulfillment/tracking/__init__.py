"""How sources of tracking talk: what they push, what they are asked, what their codes mean."""
