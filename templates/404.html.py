BBBBBBB BBBBBBBBBBBBBBBBBB
BBBB BBBB
BBBBB BBBBBBBBBBB gettext(u'There is nothing here') BBBBBBBB
BBBBB BBBBBBBBBB gettext(u"The address is wrong, or the row belongs to a store you don't work for.") BBBBBBBB
