"""import_contacts as anybody would call it: matched, with history, a receipt and durable chunks."""

import sys

from wixcrm_local import CRM

source, target, region = sys.argv[1:]
with CRM(target, default_region=region) as crm:
    report = crm.import_contacts(source)
    print(crm.count_contacts(), report.skipped)
