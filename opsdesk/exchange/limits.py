"""What a file may be at most. Technical caps against mistakes and attacks, not business numbers."""

MEBIBYTE = 1024 * 1024

FILE_BYTES = 512 * MEBIBYTE
UPLOAD_BYTES = 64 * MEBIBYTE
BLOCK_BYTES = MEBIBYTE  # a line longer than a block or two is no line
COLUMNS = 500
CELL_CHARACTERS = 32_767  # what a cell of a workbook can hold
ROWS = 2_000_000
MISSING_ROWS = 100_000  # rows of a workbook that are left out between others

WORKBOOK_BYTES = 128 * MEBIBYTE  # unpacked, all parts together
WORKBOOK_TEXT_BYTES = 48 * MEBIBYTE  # the part with the shared texts is read into memory
WORKBOOK_RATIO = 100  # unpacked to packed; sheets people make reach 10 to 40
WORKBOOK_RATIO_FROM_BYTES = 8 * MEBIBYTE  # small parts may compress as well as they like
WORKBOOK_PARTS = 2_000
