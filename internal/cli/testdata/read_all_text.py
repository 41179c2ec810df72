"""Prints a CSV file as DuckDB reads it, in the form of `assay peek --json --all`: read_all_text.py FILE DELIMITER"""
import json
import sys

import duckdb

path, delimiter = sys.argv[1:]
db = duckdb.connect()
db.execute("SET preserve_insertion_order = true")
# Whatever DuckDB would find out by looking, and could find out otherwise than we do, is said: that lines in front of the header,
# comments, short rows and rows that it cannot read are not passed over, and that every cell stays text. strict_mode refuses what
# RFC 4180 does not have instead of making the best of it.
table = db.execute(
    """SELECT * FROM read_csv(?, delim = ?, quote = '"', escape = '"', header = true, skip = 0, comment = '', all_varchar = true,
       null_padding = false, ignore_errors = false, strict_mode = true, normalize_names = false, nullstr = '')""",
    [path, delimiter],
)
json.dump({"columns": [d[0] for d in table.description]}, sys.stdout)
print()
while rows := table.fetchmany(4096):
    for row in rows:
        # Tables tell a null from an empty text, CSV does not: of an empty cell, in quotes or not, DuckDB makes a null.
        json.dump({"values": ["" if v is None else v for v in row]}, sys.stdout)
        print()
