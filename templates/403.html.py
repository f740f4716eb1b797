BBBBBBB BBBBBBBBBBBBBBBBBB
BBBB BBBB
BBBBB BBBBBBBBBBB gettext(u'This is not yours to do') BBBBBBBB
BBBBB BBBBBBBBBB _("Your roles don't include it. Ask an administrator of the store if you need it.") BBBBBBBB
