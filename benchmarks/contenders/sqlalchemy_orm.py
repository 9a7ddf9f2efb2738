"""The same work with SQLAlchemy 2's ORM at its default settings, as its quick start shows it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from people import Person
from sqlalchemy import JSON, ForeignKey, String, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from contenders import contents
from contenders.normalizing import Keyed, keyed


def _now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    pass


class Contact(Base):
    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    first_name: Mapped[str] = mapped_column(String(1000))
    last_name: Mapped[str] = mapped_column(String(1000))
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=_now)
    updated_at: Mapped[datetime] = mapped_column(default=_now, onupdate=_now)
    emails: Mapped[list[Email]] = relationship(back_populates="contact", order_by="Email.id")
    phones: Mapped[list[Phone]] = relationship(back_populates="contact", order_by="Phone.id")


class Email(Base):
    __tablename__ = "email"
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_number: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    typed: Mapped[str] = mapped_column(String(320))
    key: Mapped[str] = mapped_column(String(320), index=True)
    contact: Mapped[Contact] = relationship(back_populates="emails")


class Phone(Base):
    __tablename__ = "phone"
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_number: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    typed: Mapped[str] = mapped_column(String(50))
    key: Mapped[str] = mapped_column(String(50), index=True)
    contact: Mapped[Contact] = relationship(back_populates="phones")


class Change(Base):
    __tablename__ = "change"
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_number: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    changed_at: Mapped[datetime] = mapped_column(default=_now)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)


class SqlAlchemy:
    name = "SQLAlchemy ORM"

    def open(self, path: str, durability: str) -> None:
        """`durability` is left alone: the defaults are a rollback journal, synchronous FULL."""
        self.engine = create_engine(f"sqlite:///{path}")
        Base.metadata.create_all(self.engine)

    def create(self, person: Person) -> str:
        info = person.info
        emails, phones = keyed(info)
        with Session(self.engine) as session, session.begin():
            contact = _owner(session, Email, emails) or _owner(session, Phone, phones)
            if contact is None:
                contact = Contact(first_name=info["firstName"], last_name=info["lastName"])
                contact.emails = [Email(typed=text, key=key) for text, key in emails]
                contact.phones = [Phone(typed=text, key=key) for text, key in phones]
                session.add(contact)
                session.flush()  # gives it its id
            else:
                _update(session, contact, info, emails, phones)
            return str(contact.contact_id)

    def contents(self) -> tuple[int, int]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT contact_number, key FROM email "
                    "UNION ALL SELECT contact_number, key FROM phone ORDER BY 1, 2"
                )
            )
            return contents((row[0], row[1]) for row in rows)

    def close(self) -> None:
        self.engine.dispose()


def _owner(session: Session, model: Any, items: Keyed) -> Contact | None:
    if not items:
        return None
    keys = [key for _, key in items]
    query = select(Contact).join(model).where(model.key.in_(keys)).order_by(Contact.id).limit(1)
    return session.scalars(query).first()


def _update(
    session: Session, contact: Contact, info: dict[str, Any], emails: Keyed, phones: Keyed
) -> None:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, given in (("first_name", info["firstName"]), ("last_name", info["lastName"])):
        if getattr(contact, name) != given:
            before[name], after[name] = getattr(contact, name), given
            setattr(contact, name, given)
    for name, model, items in (("emails", Email, emails), ("phones", Phone, phones)):
        kept = getattr(contact, name)
        known = {item.key for item in kept}
        new = [model(typed=text, key=key) for text, key in items if key not in known]
        if new:
            before[name] = [item.typed for item in kept]
            kept += new
            after[name] = [item.typed for item in kept]
    if after:
        contact.revision += 1
        session.add(Change(contact_number=contact.id, before=before, after=after))
