"""The rights on selections, by their full names."""

SHARE = "selections.share_savedview"
EXPORT = "selections.add_listexport"
