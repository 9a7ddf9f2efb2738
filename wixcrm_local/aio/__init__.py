"""The awaitable door: every verb of `CRM`, off the event loop's thread.

Law: nothing here decides anything; each verb is the one of `CRM` on a worker thread, and a
transaction's verbs all run on the one thread that the transaction belongs to (A7). What may ask a
sender has threads of its own: a slow one keeps nobody waiting but those who mail.
"""

from __future__ import annotations

from wixcrm_local.aio.care import AsyncCareVerbs
from wixcrm_local.aio.contacts import AsyncContactVerbs
from wixcrm_local.aio.finding import AsyncFindingVerbs
from wixcrm_local.aio.lifetime import AsyncLifetimeVerbs
from wixcrm_local.aio.mail import AsyncMailVerbs
from wixcrm_local.aio.transfer import AsyncTransferVerbs


class AsyncCRM(
    AsyncContactVerbs,
    AsyncFindingVerbs,
    AsyncLifetimeVerbs,
    AsyncMailVerbs,
    AsyncTransferVerbs,
    AsyncCareVerbs,
):
    """`CRM` for asyncio: the same arguments, and every verb is awaited.

    The store is opened by `async with`, or by the first verb. A verb that is cancelled while
    its thread works is carried out all the same.
    """
