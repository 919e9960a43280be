"""What GOV.UK Notify does with a spreadsheet before it is sent: finds the rows, looks that no cell that
is needed is empty, and checks every number with the library that Notify checks them with.

Prints how many rows it read and how long a core was busy with them.
"""

import csv
import json
import sys
import time

import phonenumbers

NEEDED = ("Log Number", "Caller Contact Phone No_", "Final Classification", "Text Consent")


def is_uk_mobile(cell):
    try:
        number = phonenumbers.parse(cell, "GB")
    except phonenumbers.NumberParseException:
        return False
    return (
        number.country_code == 44
        and phonenumbers.is_possible_number(number)
        # Not by its type: the invented numbers of the extract are of nobody's network.
        and str(number.national_number).startswith("7")
    )


begun = time.process_time()
rows = missing = bad = 0
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        rows += 1
        if not all((row.get(column) or "").strip() for column in NEEDED):
            missing += 1
        elif not is_uk_mobile(row["Caller Contact Phone No_"]):
            bad += 1
seconds = time.process_time() - begun
print(json.dumps({"rows": rows, "rejects": missing + bad, "seconds": seconds}))
