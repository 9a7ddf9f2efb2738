"""One mail of the outbox in words: how it stands, what comes next, and what senders answered."""

from __future__ import annotations

from collections.abc import Iterable

from wixcrm_local.cli import output
from wixcrm_local.message import Attempt, OutboxMessage


def state(message: OutboxMessage) -> str:
    """Its status, with the reason where there is one."""
    return f"{message.status} ({message.reason})" if message.reason else message.status


def next_step(message: OutboxMessage) -> str:
    """When it is looked at again, or who must say something; nothing where it is done."""
    if message.status in ("claimed", "sending"):
        return "in hand"
    if message.status == "queued":
        return output.moment(message.due_at) if message.due_at else "held back"
    if message.status == "uncertain":
        return output.moment(message.due_at) if message.due_at else "your decision"
    return ""


def write_message(message: OutboxMessage, answers: Iterable[Attempt]) -> None:
    """Writes the headers, the state with the answers, and the text part."""
    recipient = f"{message.to_name} <{message.to}>" if message.to_name else message.to
    headers = {
        "From": message.from_address,
        "To": recipient,
        "Subject": message.subject,
        "Date": output.moment(message.created_at),
        "Message-ID": message.message_id,
        "Unsubscribe": message.unsubscribe_url,
        "Status": state(message),
        "Next": next_step(message),
        "Expires": output.moment(message.expires_at) if message.expires_at else "",
        "Attempts": str(message.attempts or ""),
        "Key": message.idempotency_key,
        "Template": message.email_id,
        "Contact": message.contact_id,
        "Id": message.id,
    }
    for name, value in headers.items():
        if value:
            output.write(output.printable(f"{name}: {value}"))
    for answer in answers:
        output.write(output.printable(f"  {_answer(answer)}"))
    output.write(f"\n{output.printable_lines(message.text)}")


def _answer(answer: Attempt) -> str:
    """One attempt on one line; the response may have several."""
    code = str(answer.smtp_code or "")
    where = ", ".join(filter(None, [answer.stage, code, answer.enhanced_code]))
    outcome = f"{answer.outcome} ({where})" if where else answer.outcome
    response = " ".join(answer.response.split())
    words = [f"{answer.number}.", output.moment(answer.at), answer.sender, outcome, response]
    return "  ".join(filter(None, words))
