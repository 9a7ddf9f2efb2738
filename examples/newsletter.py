"""A newsletter in thirty lines: people from a table, a mail to who wants it, what became of each.

    python examples/newsletter.py

The store is in memory, and nothing leaves the machine: without a sender, mails stay in the outbox.
"""

import io

from wixcrm_local import CRM

PEOPLE = """\
First name,Email,Labels,Subscription
Ana,ana@example.com,News,Subscribed
,bo@example.com,News,Subscribed
Cy,cy@example.com,News,Unsubscribed
Dee,dee@example.com,News,Subscribed
Eve,eve@example.com,Customer,Subscribed
"""

crm = CRM()
report = crm.import_contacts(io.StringIO(PEOPLE))
print(f"{report.created} people, labels {' and '.join(report.new_labels)}")

crm.suppressions.add("dee@example.com", "bounced")
crm.triggered_emails.save(
    "news-may",
    subject="What is new in May",
    html="<p>Dear ${name},</p><p>the shop is open on Sundays now.</p>",
    variables={"name": "reader"},
)

for person in crm.iter_contacts({"labels": "News", "subscription": "subscribed"}):
    variables = {"name": person.first_name} if person.first_name else {}
    once = f"news-may to {person.id}"  # the same key makes no second mail
    crm.send_email("news-may", person.id, {"variables": variables}, idempotency_key=once)

for mail in crm.outbox:
    note = mail.reason or ("fell back: " + ", ".join(mail.fell_back) if mail.fell_back else "")
    print(f"{mail.status:10}  {mail.to:15}  {mail.text.splitlines()[0]:12}  {note}".rstrip())
