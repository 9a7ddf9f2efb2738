"""The synchronous door: one open store, one clock, one policy, and each verb one line.

Law: any thread may call any verb; what a verb decides is written where it points to.
"""

from __future__ import annotations

from wixcrm_local.crm.care import CareVerbs
from wixcrm_local.crm.contacts import ContactVerbs
from wixcrm_local.crm.finding import FindingVerbs
from wixcrm_local.crm.lifetime import LifetimeVerbs
from wixcrm_local.crm.mail import MailVerbs
from wixcrm_local.crm.transfer import TransferVerbs


class CRM(
    ContactVerbs,
    FindingVerbs,
    LifetimeVerbs,
    MailVerbs,
    TransferVerbs,
    CareVerbs,
):
    """Wix's contact list and Triggered Emails on one SQLite file.

    - `path`: the store's file, made if there is none; `":memory:"` keeps it in memory
    - `default_region`: two letters, the country in which numbers without a country code are
      read; a property of the file, None takes the file's (P1)
    - `policy`: how strictly calls are read, unless a call says otherwise
    - `sender`: who takes mail to the world, one of `wixcrm_local.senders` or any callable of one
      mail; None: nobody, it stays in the outbox
    - `from_address`: the sender's address of mails whose Triggered Email names none
    - `clock`: returns an aware datetime; `new_id`: returns a new id (A6)
    - `durability`: "full": what returned is stored, come what may; "normal": some eight times
      faster, and a power cut can lose the last second (never damage the file)
    - `busy_timeout`: seconds to wait for other writers before `StoreBusy`

    Raises `InvalidArgument`, `RegionMismatch` and the errors of the file, `StoreError`.
    """
