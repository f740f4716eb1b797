"""Files become tables of text: encodings, delimiters and workbooks end here."""
