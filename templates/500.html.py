BBBBBBB BBBBBBBBBBBBBBBBBB
BBBB BBBB
BBBBB BBBBBBBBBBB gettext(u'Something broke on our side') BBBBBBBB
BBBBB BBBBBBBBBB gettext(u'It has been noted. Your last step may not have been saved: look before you repeat it.') BBBBBBBB
