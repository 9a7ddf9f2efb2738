"""createContact in a loop, five thousand rows a transaction: what a user of the library would do
without an import."""

import csv
import sys
from itertools import islice

from wixcrm_local import CRM, IMPORT

source, target, region = sys.argv[1:]
with (
    CRM(target, default_region=region) as crm,
    open(source, encoding="utf-8", newline="") as file,
):
    rows = csv.DictReader(file)
    while chunk := list(islice(rows, 5_000)):
        with crm.transaction():
            for row in chunk:
                info = {
                    "firstName": row["First Name"],
                    "lastName": row["Last Name"],
                    "emails": [row["Email 1"], row["Email 2"]],
                    "phones": [row["Phone 1"]],
                    "labels": [name.strip() for name in row["Labels"].split(";")],
                    "language": row["Language"],
                }
                crm.create_contact(info, policy=IMPORT)
    print(crm.count_contacts(), 0)
