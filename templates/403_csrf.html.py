BBBBBBB BBBBBBBBBBBBBBBBBB
BBBB BBBB
BBBBB BBBBBBBBBBB gettext(u'This page was open for too long') BBBBBBBB
BBBBB BBBBBBBBBB gettext(u'Nothing was changed. Go back, load the page again and repeat the step.') BBBBBBBB
